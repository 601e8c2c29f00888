// <post-form auto><form>…</form></post-form>: opens the company's page by itself, once; its button serves without script.
class PostForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this)
    addEventListener("pageshow", this)
    if (!this.hasAttribute("auto")) return
    this.removeAttribute("auto")
    setTimeout(() => this.querySelector("form")?.requestSubmit())
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this)
    removeEventListener("pageshow", this)
  }

  handleEvent(event) {
    const button = this.querySelector("button")
    if (event.type === "pageshow") button.removeAttribute("aria-disabled")
    else if (button.getAttribute("aria-disabled")) event.preventDefault()
    else button.setAttribute("aria-disabled", "true")
  }
}

customElements.define("post-form", PostForm)
