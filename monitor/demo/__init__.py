"""Simulated marketplaces on loopback, with known truth."""

from monitor.demo.catalogue import Catalogue
from monitor.demo.faults import Fault, FaultError, FaultKind, load_faults
from monitor.demo.foreign_shares import World
from monitor.demo.server import DemoServer, serve_forever
from monitor.demo.shops import SHOPS
from monitor.demo.sitting import saved_sitting
from monitor.demo.truth import (
    Oracle,
    TrueChanges,
    TruePage,
    TrueSellers,
    TrueShare,
    true_changes,
    true_pages,
    true_sellers,
    truth,
)
