// <toast-stack>: floats the messages inside it and lets them go; errors stay until closed.
class ToastStack extends HTMLElement {
  connectedCallback() {
    this.observer = new MutationObserver(() => this.schedule())
    this.observer.observe(this, { childList: true })
    this.addEventListener("click", this)
    this.schedule()
  }

  disconnectedCallback() {
    this.observer.disconnect()
    this.removeEventListener("click", this)
  }

  handleEvent(event) {
    event.target.closest("[data-close]")?.closest(".alert").remove()
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
