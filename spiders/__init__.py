"""One module a platform; Scrapy finds them by ``SPIDER_MODULES``."""
