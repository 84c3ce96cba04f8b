"""All of Scrapy and Playwright, the evidence, and saved pages."""
