// <copy-text value="…"><button type="button">…</button></copy-text> copies its value when pressed.
class CopyText extends HTMLElement {
  connectedCallback() { this.addEventListener("click", this) }
  disconnectedCallback() { this.removeEventListener("click", this) }

  async handleEvent() {
    await navigator.clipboard.writeText(this.getAttribute("value"))
    this.toggleAttribute("copied", true)
    setTimeout(() => this.toggleAttribute("copied", false), 3000)
  }
}

customElements.define("copy-text", CopyText)
