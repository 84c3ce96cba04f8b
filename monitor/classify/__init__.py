"""Cluster, cross-border status and relisting of listings."""
