"""Which e-Mola numbers do what: the last two digits choose (emola.md section 6)."""

from dataclasses import dataclass

# Business codes, as public integrations tell them.
TEXTS = {
    "0": "Success",
    "01": "Insufficient balance",
    "02": "IP is not valid",
    "03": "Transaction failed",
    "05": "Partner code is not valid",
    "06": "Amount is not valid",
    "07": "MSISDN is not valid",
    "08": "SMS content is too long",
    "09": "Transaction id is too long",
    "10": "MSISDN is not in the white list",
    "11": "Customer did not enter the PIN",
    "12": "Customer has no e-Mola account",
    "15": "Original request does not exist",
    "14": "Transaction id already exists",
    "20": "Customer is busy with another process",
    "22": "Push message sent, waiting for the customer",
    "23": "Reference number is not valid",
    "24": "Function is not supported",
    "98": "Login failed",
    "99": "Error while processing",
}
GATEWAY_TEXTS = {
    "2001": "wscode does not exist",
    "2007": "Time-out of the business service",
    "4000": "Message format is wrong",
    "6000": "Overload",
    "6003": "Login failed: user, password or IP",
    "8000": "Wrong IP",
}
PIN_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`code` after `seconds` on the line; `ends` is what a query says once `over` seconds have gone."""

    code: str = "0"
    seconds: float = 3.0
    ends: str = "0"
    over: float = 3.0
    # "answer", "gateway" (the first layer says `code`), "http 500", "broken" (inner XML), "close" (hang up)
    manner: str = "answer"
    # The code that the callback names, after `over` seconds; empty: none is posted.
    callback: str = ""
    # How often a query says 15 before it knows.
    shy: int = 0
    asks: bool = False
    note: str = ""


USUAL = Plan(note="Paid after about 3 seconds, as if the PIN had been typed")
ASKING = Plan(
    asks=True, seconds=PIN_SECONDS, over=PIN_SECONDS, ends="11", note="Asks on the phone page (ours)"
)
PLANS = {
    "70": Plan(code="22", seconds=0.2, over=10, callback="0", note="22, callback 0 after 10 s"),
    "71": Plan(code="22", seconds=0.2, over=10, note="22, the callback gets lost, the query says 0"),
    "72": Plan(code="22", seconds=0.2, over=10, ends="11", callback="11", note="22, callback 11"),
    "73": Plan(
        code="22",
        seconds=0.2,
        over=1,
        ends="15",
        callback="0",
        note="22, a forged callback 0, the query says 15",
    ),
    "74": Plan(code="11", seconds=PIN_SECONDS, over=PIN_SECONDS, ends="11", note="Nobody types the PIN"),
    "75": Plan(code="11", seconds=PIN_SECONDS, over=PIN_SECONDS, note="Late PIN: 11, but the query says 0"),
    "76": Plan(code="01", ends="01", note="Not enough money"),
    "77": Plan(code="12", ends="12", note="The number has no e-Mola account"),
    "78": Plan(code="20", ends="20", note="The number is busy"),
    "79": Plan(code="10", ends="10", note="The number is not in the white list"),
    "80": Plan(code="99", note="99, the query says 0"),
    "81": Plan(code="2007", manner="gateway", note="The gateway's time-out (2007), the query says 0"),
    "82": Plan(
        code="2007", manner="gateway", ends="03", note="The gateway's time-out (2007), the query says 03"
    ),
    "83": Plan(
        code="6000", manner="gateway", ends="15", note="The gateway is overloaded (6000), nothing came of it"
    ),
    "84": Plan(manner="http 500", ends="03", note="HTTP 500 with a SOAP fault, the query says 03"),
    "85": Plan(manner="broken", note="The inner XML is broken, the query says 0"),
    "86": Plan(manner="close", note="The line is cut, the query says 0"),
    "87": Plan(code="22", seconds=0.2, shy=3, note="22, the query says 15 three times, then 0"),
    "99": ASKING,
}
# What the console's trouble switch does to the numbers 00-69.
TROUBLES = {
    "async": PLANS["70"],
    "lost": PLANS["71"],
    "forged": PLANS["73"],
    "late": PLANS["75"],
    "timeout": PLANS["81"],
    "failed": PLANS["82"],
    "error": PLANS["84"],
    "broken": PLANS["85"],
    "close": PLANS["86"],
}
