"""The simulated shops, by platform and by host."""

from monitor.demo.shops.aliexpress import Aliexpress
from monitor.demo.shops.base import Shop, ShopRequest, ShopResponse
from monitor.demo.shops.blibli import Blibli
from monitor.demo.shops.lazada import Lazada
from monitor.demo.shops.shopee import Shopee
from monitor.demo.shops.tiktokshop import TiktokShop
from monitor.demo.shops.tokopedia import Tokopedia

SHOPS: dict[str, Shop] = {
    shop.id: shop
    for shop in (Lazada(), Shopee(), Tokopedia(), Blibli(), TiktokShop(), Aliexpress())
}
HOSTS: dict[str, Shop] = {host: shop for shop in SHOPS.values() for host in shop.hosts}
