"""The item, and nothing of the rules for what callers send: those are in model.py."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

Price = int | float


class Item(BaseModel):
    """An item as callers see it. Members are written in this order."""

    # An item that is not as it should be must not show up in a log.
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    id: str
    name: str
    description: str
    price: Price
    runtime: str
    source_ip: str = Field(serialization_alias="sourceIp")
    created_at: str = Field(serialization_alias="createdAt")
    updated_at: str = Field(serialization_alias="updatedAt")


class Page(BaseModel):
    """A part of the table, and the token of the next part where there is one."""

    items: list[Item]
    next_token: str | None = Field(default=None, serialization_alias="nextToken")


def timestamp(moment: datetime) -> str:
    """Write a moment in UTC as an item keeps it: RFC 3339 with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
