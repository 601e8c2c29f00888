// <busy-form><form>…</form></busy-form>: a form is sent once, its button locked until the answer is there;
// and not while a part of it is asked for anew, as the total at checkout: nobody agrees to what is changing.
class BusyForm extends HTMLElement {
  static types = ["htmx:beforeRequest", "htmx:afterRequest"]

  connectedCallback() {
    this.addEventListener("submit", this, true)
    for (const type of BusyForm.types) this.addEventListener(type, this)
    addEventListener("pageshow", this)
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this, true)
    for (const type of BusyForm.types) this.removeEventListener(type, this)
    removeEventListener("pageshow", this)
  }

  handleEvent(event) {
    if (event.type === "htmx:beforeRequest") this.lock(this.querySelector("button:not([name])"))
    else if (event.type !== "submit") this.free()
    else if (this.busy) this.refuse(event)
    else this.send(event)
  }

  refuse(event) {
    event.preventDefault()
    event.stopPropagation()
  }

  lock(button) {
    this.busy = true
    for (const name of ["aria-busy", "aria-disabled"]) button?.setAttribute(name, "true")
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.free(), 15000)
  }

  send(event) {
    this.lock(event.submitter)
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
