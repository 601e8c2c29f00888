"""PayU Latam, Colombia: cards on its own page, PSE, Efecty and Nequi through its API."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .base import (
    REFERENCE,
    Charge,
    Choice,
    ForgedNotice,
    Gateway,
    GatewayUnavailable,
    NextStep,
    Notice,
    NotSent,
    Outcome,
    PostForm,
    Prompt,
    Reason,
    RefundOrder,
    Refused,
    Started,
    State,
    Waiting,
)
from .errors import NotYet
from .http import Line
from .payu_answers import (
    CHARGES,
    GIVEN_BACK,
    Found,
    company_reference,
    ended_at,
    is_card,
    is_named,
    message_of,
    order_number,
    orders_in,
    outcome_of,
    read,
    reason_of,
    response_in,
    state_of,
    step_of,
    transactions_of,
)
from .payu_refunds import became_of, capture_of, is_already_asked, refunds_of
from .payu_requests import checkout_fields, question, refund_request, submission
from .payu_signing import read_confirmation, to_wire

# PayU answers within a minute "in unusual cases".
READ_SECONDS = 65
# A refused buyer may try another card on PayU's page under the same reference; PayU names no time.
RETRY_WINDOW = 600.0
# PayU asks not to be asked about an open payment before, nor about a PSE debit more often.
PATIENCE = {"pse": 600, "efecty": 3600}
USUAL_PATIENCE = 420
# Refunds of cards: from ten minutes to two years after the payment, from COP 100 on.
REFUND_AFTER = 600.0
REFUND_UNTIL = timedelta(days=729)
SMALLEST_REFUND = 100


class PayU(Gateway):
    """Credentials: api_url, reports_url, checkout_url, api_login, api_key, merchant_id, account_id,
    test ("1": PayU's test mode); optional connect_seconds, read_seconds, ca_bundle,
    retry_window_seconds, patience_seconds, refund_wait_seconds.
    """

    code = "payu"
    checks_hints = True

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._line = Line.from_credentials(credentials, read_seconds=READ_SECONDS)
        self._retry_window = float(credentials.get("retry_window_seconds") or RETRY_WINDOW)
        self._refund_wait = float(credentials.get("refund_wait_seconds") or REFUND_AFTER)

    # Taking money

    def expected_step(self, charge: Charge) -> NextStep:
        if charge.method == "card":
            self.form_fields(charge)
            return PostForm(url=self.credentials["checkout_url"].rstrip("/") + "/")
        payer = submission(charge, self.credentials)["transaction"]["payer"]
        return Prompt(phone=payer["contactPhone"]) if charge.method == "nequi" else Waiting()

    def form_fields(self, charge: Charge) -> Mapping[str, str]:
        return checkout_fields(charge, self.credentials) if charge.method == "card" else {}

    def start(self, charge: Charge) -> Started:
        step = self.expected_step(charge)
        if isinstance(step, PostForm):
            return Started(step=step)
        request = submission(charge, self.credentials)
        try:
            response = response_in(self._ask("api_url", request))
        except GatewayUnavailable as lost:
            return self._adopt(charge, step, lost)
        state = state_of({"transactionResponse": response})
        outcome = None
        if state == State.FAILED:
            words = message_of(response)
            outcome = Outcome(state=state, reason=reason_of(response), company_message=words)
        elif state == State.PAID:
            outcome = Outcome(state=State.PENDING)  # how much it was, only the reports say
        reference = company_reference(response.get("orderId"), response.get("transactionId"))
        return Started(step=step_of(response) or step, company_reference=reference, outcome=outcome)

    def _adopt(self, charge: Charge, step: NextStep, lost: GatewayUnavailable) -> Started:
        """After a lost answer: what did become of our request? Raises GatewayUnavailable."""
        try:
            outcome = self.look_up(charge.reference)
        except NotSent as error:
            raise GatewayUnavailable(str(error)) from None
        if outcome.state in (State.NOT_FOUND, State.UNKNOWN):
            raise lost
        return Started(
            step=outcome.step or step,
            company_reference=outcome.company_reference,
            outcome=None if outcome.state == State.PENDING else outcome,
        )

    # Asking

    def patience(self, method: str) -> float:
        own = self.credentials.get("patience_seconds")
        return float(own) if own else PATIENCE.get(method, USUAL_PATIENCE)

    def look_up(self, reference: str, company_reference: str = "") -> Outcome:
        orders = self._orders(reference, company_reference)
        tries = [(order, each) for order in orders for each in transactions_of(order, CHARGES)]
        if not tries:
            return Outcome(state=State.NOT_FOUND)
        named = [each for each in tries if is_named(*each, company_reference)]
        # PayU lists the latest first. The oldest payment counts; another one must be asked for by name.
        paid = [each for each in (*tries, *named) if state_of(each[1]) == State.PAID]
        if paid:
            return _collected(*paid[-1])
        waiting = [each for each in tries if state_of(each[1]) == State.PENDING]
        best = (waiting or tries)[0]
        if not waiting and best not in named and self._may_try_again(best[1]):
            return Outcome(state=State.PENDING)
        return outcome_of(*best)

    def _may_try_again(self, transaction: Found) -> bool:
        """Whether the buyer may still be on PayU's page, where a refused card may be followed by another."""
        ended = ended_at(transaction)
        if not is_card(transaction) or ended is None:
            return False
        return datetime.now(UTC) - ended < timedelta(seconds=self._retry_window)

    def _orders(self, reference: str, company_reference: str = "") -> list[dict[str, Any]]:
        """What PayU has under our reference; by its own number where the reference leads nowhere."""
        asked = {"referenceCode": reference}
        found = orders_in(self._question("ORDER_DETAIL_BY_REFERENCE_CODE", asked))
        if not found and (number := order_number(company_reference)):
            found = orders_in(self._question("ORDER_DETAIL", {"orderId": number}))
        return [order for order in found if order.get("referenceCode") == reference and self._is_real(order)]

    def _is_real(self, order: Found) -> bool:
        """Test orders are no money, unless we test ourselves; orders of other merchants are not ours."""
        merchant = order.get("merchantId")
        if merchant is not None and str(merchant) != self.credentials["merchant_id"]:
            return False
        return order.get("isTest") is not True or self.credentials.get("test") == "1"

    def _question(self, command: str, details: Mapping[str, object]) -> dict[str, Any]:
        """A question changes nothing, so a refused one is only one to repeat."""
        try:
            return self._ask("reports_url", question(command, self.credentials, details=details))
        except Refused as refusal:
            raise GatewayUnavailable(f"PayU did not like the question: {refusal.message}") from None

    def _ask(self, where: str, payload: Mapping[str, object]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return read(self._line.send("POST", self.credentials[where], headers=headers, payload=payload))

    def choices(self, method: str) -> Sequence[Choice]:
        if method != "pse":
            return ()
        asked = {"paymentMethod": "PSE", "paymentCountry": "CO"}
        request = question("GET_BANKS_LIST", self.credentials, bankListInformation=asked)
        banks = self._ask("api_url", request).get("banks")
        if not isinstance(banks, list):
            raise GatewayUnavailable("PayU gave no list of banks")
        real = [
            each for each in banks if isinstance(each, dict) and each.get("pseCode") not in (None, "0", 0)
        ]
        return [Choice(code=str(each["pseCode"]), name=str(each.get("description", ""))) for each in real]

    # Giving back

    def can_refund(self, order: RefundOrder, now: datetime) -> bool:
        """Cards only. In the first ten minutes it can, but refund() says NotYet until they are over."""
        is_recent = now - order.paid_at <= REFUND_UNTIL
        return order.method == "card" and is_recent and order.money.amount >= SMALLEST_REFUND

    def refund(self, order: RefundOrder) -> Outcome:
        now = datetime.now(UTC)
        to_wire(order.money)
        if not self.can_refund(order, now):
            raise Refused(Reason.COMPANY_ERROR, "PayU gives back cards only, for two years, from COP 100 on")
        if now - order.paid_at < timedelta(seconds=self._refund_wait):
            raise NotYet("PayU takes a refund ten minutes after the payment at the earliest")
        known, capture = self._known(order)
        request = refund_request(order, known["id"], capture["id"], self.credentials)
        # PayU gives refunds no number of their own; which one of the payment it is tells them apart.
        place = f"{known['id']}:{len(refunds_of(known, capture))}"
        asked = Outcome(state=State.PENDING, company_reference=place)
        try:
            response = response_in(self._ask("api_url", request))
        except GatewayUnavailable as error:
            if is_already_asked(error):
                raise NotYet("PayU still decides about another refund of this payment") from None
            raise
        if state_of({"transactionResponse": response}) == State.FAILED:
            return replace(asked, state=State.FAILED, reason=reason_of(response))
        return asked  # even an approval counts only once the reports tell it

    def look_up_refund(self, order: RefundOrder) -> Outcome:
        return became_of(order, *self._known(order))

    def _known(self, order: RefundOrder) -> tuple[Found, Found]:
        """The order at PayU and its payment. Nothing has been asked for yet: any failure here is NotSent."""
        number = order_number(order.charge_company_reference)
        try:
            if number:
                found = orders_in(self._question("ORDER_DETAIL", {"orderId": number}))
            else:
                found = self._orders(order.charge_reference)
        except GatewayUnavailable as error:
            raise NotSent(str(error)) from None
        for each in filter(self._is_real, found):
            if capture := capture_of(each, order.charge_company_reference):
                return each, capture
        raise NotYet("PayU does not show the payment that is to be given back")

    # Being told

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        told = read_confirmation(body, self.credentials)
        if told.get("test", "").lower() in ("1", "true") and self.credentials.get("test") != "1":
            raise ForgedNotice("The confirmation is of a test")
        state, reference = told["state_pol"], told["reference_sale"]
        named = company_reference(told.get("reference_pol", ""), told["transaction_id"])
        return Notice(
            event_id=f"{told['transaction_id']}:{state}",
            reference=reference if REFERENCE.fullmatch(reference) else "",
            # A refused try on PayU's page may be followed by a better one under the same reference.
            company_reference=named if state == "4" else "",
            name=told.get("response_message_pol", "")[:60] or f"state {state}",
            body={name: told[name][:80] for name in _KEPT if name in told},
        )


# The rest of a confirmation is names, addresses, documents and card holders.
_KEPT = (
    "merchant_id", "reference_sale", "reference_pol", "transaction_id", "state_pol", "response_code_pol",
    "response_message_pol", "value", "tax", "currency", "payment_method_name", "payment_method_type",
    "transaction_date", "attempts", "test", "cus",
)  # fmt: skip


def _collected(order: Found, transaction: Found) -> Outcome:
    if order.get("status") not in GIVEN_BACK:
        return outcome_of(order, transaction)
    message = "PayU has given this payment back already"
    return Outcome(state=State.UNKNOWN, company_message=message)
