"""Pantau: are the promises of the marketplaces kept?"""

__version__ = "0.1.0"
