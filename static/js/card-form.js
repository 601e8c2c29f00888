// <card-form url="…/tokens/cards" key="pub_…">: the card goes from the browser to the company; our form sends its token only.
class CardForm extends HTMLElement {
  connectedCallback() {
    this.fields = this.querySelector("[data-card]")
    this.fields.hidden = false
    this.querySelector("[data-hosted]").hidden = true
    this.token.value = ""
    this.form = this.closest("form")
    this.form.addEventListener("submit", this)
  }

  disconnectedCallback() { this.form.removeEventListener("submit", this) }

  get chosen() { return this.form.elements.method.value === this.getAttribute("method") }
  get token() { return this.querySelector("input[type=hidden]") }

  handleEvent(event) {
    if (!this.chosen || this.token.value) return
    event.preventDefault()
    const bad = [...this.fields.querySelectorAll("input")].filter(input => !this.check(input))
    const consent = this.querySelector("input[type=checkbox]:not(:checked)")
    if (bad.length || consent) (bad[0] ?? consent).focus()
    else if (!this.asking) this.tokenise()
  }

  check(input) {
    const fine = new RegExp(`^(?:${input.dataset.pattern})$`).test(input.value.trim())
    input.setAttribute("aria-invalid", String(!fine))
    this.ownerDocument.getElementById(input.getAttribute("aria-describedby")).hidden = fine
    return fine
  }

  async tokenise() {
    this.asking = true
    const value = part => this.fields.querySelector(`[data-part=${part}]`).value.trim()
    const [month, year] = value("expiry").split(/\s*\/\s*/)
    const card = { number: value("number").replace(/\D/g, ""), cvc: value("cvc"), card_holder: value("holder"),
      exp_month: month.padStart(2, "0"), exp_year: year.slice(-2) }
    try {
      const answer = await fetch(this.getAttribute("url"), { method: "POST", body: JSON.stringify(card),
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.getAttribute("key")}` } })
      const told = await answer.json()
      if (!told.data?.id) throw new Error("refused")
      this.token.value = told.data.id
      this.form.requestSubmit()
    } catch {
      const problem = this.querySelector("[data-problem]")
      problem.hidden = false
      problem.focus()
    } finally { this.asking = false }
  }
}

customElements.define("card-form", CardForm)
