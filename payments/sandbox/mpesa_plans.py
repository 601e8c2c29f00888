"""Which M-Pesa numbers do what: the last two digits choose (mpesa_mz.md section 10)."""

from dataclasses import dataclass

TEXTS = {
    "INS-0": (200, "Request processed successfully"),
    "INS-1": (500, "Internal error"),
    "INS-2": (401, "Invalid API key"),
    "INS-5": (401, "Transaction cancelled by customer"),
    "INS-6": (401, "Transaction failed"),
    "INS-9": (408, "Request timeout"),
    "INS-10": (409, "Duplicate transaction"),
    "INS-13": (400, "Invalid short code used"),
    "INS-15": (400, "Invalid amount used"),
    "INS-16": (503, "Temporary overloading"),
    "INS-17": (400, "Invalid transaction reference, length 1-20"),
    "INS-18": (400, "Invalid TransactionID"),
    "INS-19": (400, "Invalid ThirdPartyReference"),
    "INS-20": (400, "Not all parameters provided"),
    "INS-21": (400, "Parameter validations failed"),
    "INS-24": (400, "Invalid InitiatorIdentifier"),
    "INS-25": (400, "Invalid SecurityCredential"),
    "INS-26": (400, "Not authorized"),
    "INS-996": (400, "Account not active"),
    "INS-2006": (422, "Insufficient balance"),
    "INS-2051": (400, "MSISDN invalid"),
}
PIN_SECONDS = 62.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`code` after `seconds` on the line; `ends` is what a query says once it is over."""

    code: str = "INS-0"
    seconds: float = 3.0
    ends: str = "Completed"
    # "answer", "firewall" (HTML 504), "close" (hang up), "no id", "async", "async lost", "firewall 403"
    manner: str = "answer"
    # How often a query says N/A before it knows.
    shy: int = 0
    # How often INS-16 comes first.
    busy: int = 0
    asks: bool = False
    note: str = ""


USUAL = Plan(note="Paid after about 3 seconds, as if the PIN had been typed")
ASKING = Plan(asks=True, seconds=PIN_SECONDS, ends="Expired", note="Asks on the phone page (ours)")
PLANS = {
    "80": Plan(code="INS-5", seconds=5, ends="Cancelled", note="Cancelled by the customer"),
    "81": Plan(code="INS-2006", seconds=3, ends="Failed", note="Not enough money"),
    "82": Plan(
        code="INS-9", seconds=PIN_SECONDS, ends="Expired", note="Nobody types the PIN; the query says Expired"
    ),
    "83": Plan(code="INS-9", seconds=PIN_SECONDS, note="Late PIN: time-out, but the query says Completed"),
    "84": Plan(seconds=31, manner="firewall", note="HTML 504 after 31 s, the query says Completed"),
    "85": Plan(
        seconds=31, manner="firewall", ends="Cancelled", note="HTML 504 after 31 s, the query says Cancelled"
    ),
    "86": Plan(seconds=3, manner="close", note="The line is cut, the query says Completed"),
    "87": Plan(code="INS-6", ends="Failed", note="Transaction failed"),
    "88": Plan(code="INS-996", ends="Failed", note="The account is not active"),
    "89": Plan(code="INS-2051", seconds=0.5, ends="Failed", note="The number is invalid"),
    "90": Plan(busy=2, note="INS-16 (overloaded) twice, then paid"),
    "91": Plan(manner="no id", note="INS-0 without a TransactionID, the query says Completed"),
    "92": Plan(manner="async", seconds=10, note="Accepted at once, result posted 10 s later"),
    "93": Plan(manner="async lost", seconds=10, note="Accepted at once, the result gets lost"),
    "94": Plan(
        code="INS-9",
        seconds=PIN_SECONDS,
        shy=3,
        note="Time-out; the query says N/A three times, then Completed",
    ),
    "95": Plan(code="INS-1", ends="Failed", note="Internal error, the query says Failed"),
    "99": ASKING,
}
# What the console's trouble switch does to the numbers 00-79.
TROUBLES = {
    "firewall": Plan(seconds=0.1, manner="firewall 403", ends="Failed"),
    "gateway": PLANS["84"],
    "close": PLANS["86"],
    "late": PLANS["83"],
    "async": PLANS["92"],
    "lost": PLANS["93"],
}
