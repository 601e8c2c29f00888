// <auto-submit><form>…</form></auto-submit>: sends the form when a choice changes; its button serves without script.
class AutoSubmit extends HTMLElement {
  connectedCallback() { this.addEventListener("change", this) }
  disconnectedCallback() { this.removeEventListener("change", this) }

  handleEvent(event) {
    if (event.target.matches("input[type=text], input[type=search]")) return
    clearTimeout(this.timer)
    const delay = event.target.type === "number" ? 500 : 50
    this.timer = setTimeout(() => event.target.form?.requestSubmit(), delay)
  }
}

customElements.define("auto-submit", AutoSubmit)
