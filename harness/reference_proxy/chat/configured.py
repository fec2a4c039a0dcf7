"""What the service is told in its settings, read once: who may use it, what tokens cost.

The one rule: a setting that is wrong is named before anything is served, and no token of anybody is shown with it.
"""

from dataclasses import dataclass

from harness.reference_proxy.chat.storage.accounts import Account
from harness.reference_proxy.settings import Settings, SettingsError

NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Cost of one token by model, in billionths; `other` for models that are not named."""

    by_model: dict[str, int]
    other: int

    def of(self, model: str, tokens: int | None) -> int | None:
        """What so many tokens of a model cost; unknown when they are."""
        return None if tokens is None else self.by_model.get(model, self.other) * tokens


def prices(settings: Settings) -> Prices:
    """The prices; raises SettingsError for one that is no number."""
    by_model = {}
    for part in _parts(settings.chat_prices):
        model, _, cost = part.rpartition("=")
        try:
            by_model[model.strip()] = round(float(cost) * NANOS)
        except (ValueError, OverflowError):
            raise SettingsError(f"chat_prices: {part!r} is not MODEL=COST") from None
        if not model.strip() or by_model[model.strip()] < 0:
            raise SettingsError(f"chat_prices: {part!r} is not MODEL=COST")
    return Prices(by_model=by_model, other=round(settings.token_price * NANOS))


def accounts(settings: Settings) -> list[Account]:
    """The users who are to exist, from `TENANT/USER=TOKEN` with commas between them."""
    found = []
    for number, part in enumerate(_parts(settings.chat_users), start=1):
        names, _, token = part.partition("=")
        tenant, _, user = names.partition("/")
        if not (tenant.strip() and user.strip() and token.strip()):
            raise SettingsError(f"chat_users: entry {number} is not TENANT/USER=TOKEN")
        found.append(Account(tenant=tenant.strip(), user=user.strip(), token=token.strip()))
    return found


def _parts(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip())]
