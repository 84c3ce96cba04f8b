"""The simulated shops, by platform and by host."""

from monitor.demo.shops.base import Ask, Reply, Shop
from monitor.demo.shops.lazada import Lazada
from monitor.demo.shops.shopee import Shopee

SHOPS: dict[str, Shop] = {shop.id: shop for shop in (Lazada(), Shopee())}
HOSTS: dict[str, Shop] = {host: shop for shop in SHOPS.values() for host in shop.hosts}

__all__ = ["HOSTS", "SHOPS", "Ask", "Reply", "Shop"]
