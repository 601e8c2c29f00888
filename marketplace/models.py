"""Columns that rows of several apps share."""

from django.db import models

from marketplace import markets
from marketplace.markets.base import Market


class Timed(models.Model):
    """When a row was made and last changed."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class InMarket(models.Model):
    """A row that belongs to one country; tasks and mails use the row's market, never a global one."""

    market_code = models.CharField(max_length=2)

    class Meta:
        abstract = True

    @property
    def market(self) -> Market:
        return markets.get(self.market_code)
