// <busy-form><form>…</form></busy-form>: a form is sent once, its button locked until the answer is there.
class BusyForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this, true)
    this.addEventListener("htmx:afterRequest", this)
    addEventListener("pageshow", this)
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this, true)
    this.removeEventListener("htmx:afterRequest", this)
    removeEventListener("pageshow", this)
  }

  handleEvent(event) {
    if (event.type !== "submit") this.free()
    else if (this.busy) this.refuse(event)
    else this.lock(event)
  }

  refuse(event) {
    event.preventDefault()
    event.stopPropagation()
  }

  lock(event) {
    this.busy = true
    for (const name of ["aria-busy", "aria-disabled"]) event.submitter?.setAttribute(name, "true")
    setTimeout(() => this.free(), 15000)
    // Another script may stop the sending, to ask something first: then the button is free again.
    setTimeout(() => { if (event.defaultPrevented && !event.target.matches("[hx-post]")) this.free() })
  }

  free() {
    this.busy = false
    for (const button of this.querySelectorAll("[aria-busy]")) {
      for (const name of ["aria-busy", "aria-disabled"]) button.removeAttribute(name)
    }
  }
}

customElements.define("busy-form", BusyForm)
