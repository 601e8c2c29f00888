// <drop-down><details>…</details></drop-down>: closes on Escape, and when attention goes elsewhere.
class DropDown extends HTMLElement {
  connectedCallback() {
    this.details = this.querySelector("details")
    for (const type of ["click", "keydown", "focusin"]) document.addEventListener(type, this)
  }

  disconnectedCallback() {
    for (const type of ["click", "keydown", "focusin"]) document.removeEventListener(type, this)
  }

  handleEvent(event) {
    if (!this.details.open) return
    const escaped = event.key === "Escape"
    if (event.type === "keydown" ? !escaped : this.contains(event.target)) return
    this.details.open = false
    if (escaped) this.details.querySelector("summary").focus()
  }
}

customElements.define("drop-down", DropDown)
