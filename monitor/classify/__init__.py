"""Cluster, cross-border status and relisting of listings."""

from monitor.classify.classifier import Classifier, classify_listings
from monitor.classify.model import ModelError
from monitor.classify.relisting import Relisted, relistings
from monitor.classify.stream import Counts, StreamError, classify_stream
