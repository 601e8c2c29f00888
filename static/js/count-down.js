// <count-down until="2026-01-31T12:00:00Z"><progress max="…"></progress> <b>…</b></count-down>: the minutes left, as text and bar.
class CountDown extends HTMLElement {
  connectedCallback() {
    this.end = Date.parse(this.getAttribute("until"))
    this.timer = setInterval(() => this.tick(), 1000)
    this.tick()
  }

  disconnectedCallback() { clearInterval(this.timer) }

  tick() {
    const left = Math.max(0, Math.round((this.end - Date.now()) / 1000))
    const [text, bar] = [this.querySelector("b"), this.querySelector("progress")]
    if (text) text.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
    if (bar) bar.value = left
    if (!left) clearInterval(this.timer)
  }
}

customElements.define("count-down", CountDown)
