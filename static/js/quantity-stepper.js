// <quantity-stepper less="…" more="…"><input type="number"></quantity-stepper>: − and + beside the input.
class QuantityStepper extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("button")) return
    this.input = this.querySelector("input")
    this.less = this.button("−", this.getAttribute("less"), -1)
    this.more = this.button("+", this.getAttribute("more"), 1)
    this.prepend(this.less)
    this.append(this.more)
    this.input.addEventListener("input", () => this.limit())
    this.limit()
  }

  button(text, label, step) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text })
    button.setAttribute("aria-label", label)
    button.addEventListener("click", () => this.change(step))
    return button
  }

  change(step) {
    const { min, max } = this.input
    const wanted = (Number(this.input.value) || 0) + step
    this.input.value = Math.min(Math.max(wanted, Number(min || 0)), Number(max || Infinity))
    this.limit()
    this.input.dispatchEvent(new Event("input", { bubbles: true }))
    this.input.dispatchEvent(new Event("change", { bubbles: true }))
  }

  limit() {
    const value = Number(this.input.value)
    this.less.disabled = value <= Number(this.input.min || 0)
    this.more.disabled = this.input.max !== "" && value >= Number(this.input.max)
  }
}

customElements.define("quantity-stepper", QuantityStepper)
