// <toast-stack failed="…" offline="…">: floats the messages inside it and lets them go; errors stay until closed.
class ToastStack extends HTMLElement {
  connectedCallback() {
    this.observer = new MutationObserver(() => this.schedule())
    this.observer.observe(this, { childList: true })
    this.addEventListener("click", this)
    for (const type of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(type, this)
    this.schedule()
  }

  disconnectedCallback() {
    this.observer.disconnect()
    this.removeEventListener("click", this)
    for (const type of ["htmx:responseError", "htmx:sendError"]) document.removeEventListener(type, this)
  }

  handleEvent(event) {
    if (event.type === "click") event.target.closest("[data-close]")?.closest(".alert").remove()
    else this.complain(this.getAttribute(event.type === "htmx:sendError" ? "offline" : "failed"))
  }

  complain(text) {
    const alert = Object.assign(document.createElement("div"), { className: "alert alert--warning" })
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×" })
    close.dataset.close = ""
    close.setAttribute("aria-label", this.getAttribute("close"))
    alert.append(Object.assign(document.createElement("div"), { textContent: text }), close)
    this.append(alert)
  }

  schedule() {
    for (const alert of this.querySelectorAll(".alert:not([data-seen], .alert--error)")) {
      alert.dataset.seen = ""
      setTimeout(() => this.dismiss(alert), 7000)
    }
  }

  dismiss(alert) {
    if (alert.matches(":hover, :focus-within")) setTimeout(() => this.dismiss(alert), 2000)
    else alert.remove()
  }
}

customElements.define("toast-stack", ToastStack)
