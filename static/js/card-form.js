// <card-form url="…/tokens/cards" key="pub_…">: the card goes from the browser to the company; our form sends its token only.
const PARTS = { number: "number", cvc: "cvc", exp_month: "expiry", exp_year: "expiry", card_holder: "holder" }

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
  input(part) { return this.fields.querySelector(`[data-part=${part}]`) }

  handleEvent(event) {
    if (!this.chosen || this.token.value) return
    event.preventDefault()
    this.querySelector("[data-problem]").hidden = true
    const bad = [...this.querySelectorAll("[data-part], [type=checkbox]")].filter(input => !this.mark(input, this.fits(input)))
    if (bad.length) bad[0].focus()
    else if (!this.asking) this.tokenise()
  }

  fits(input) {
    return input.type === "checkbox" ? input.checked : new RegExp(`^(?:${input.dataset.pattern})$`).test(input.value.trim())
  }

  mark(input, fine) {
    input.setAttribute("aria-invalid", String(!fine))
    this.querySelector(`#${input.dataset.part ? input.id : "card-accept"}-error`).hidden = fine
    return fine
  }

  async tokenise() {
    this.asking = true
    const value = part => this.input(part).value.trim()
    const [month, year] = value("expiry").split(/\s*\/\s*/)
    const card = { number: value("number").replace(/\D/g, ""), cvc: value("cvc"), card_holder: value("holder"),
      exp_month: month.padStart(2, "0"), exp_year: year.slice(-2) }
    const told = await fetch(this.getAttribute("url"), { method: "POST", body: JSON.stringify(card),
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.getAttribute("key")}` } })
      .then(answer => answer.json()).catch(() => ({}))
    this.asking = false
    this.token.value = told.data?.id ?? ""
    if (this.token.value) return this.form.requestSubmit()
    const wrong = Object.keys(told.error?.messages ?? {}).filter(name => PARTS[name]).map(name => this.input(PARTS[name]))
    wrong.forEach(input => this.mark(input, false))
    this.querySelector("[data-problem]").hidden = wrong.length > 0
    ;(wrong[0] ?? this.querySelector("[data-problem]")).focus()
  }
}

customElements.define("card-form", CardForm)
