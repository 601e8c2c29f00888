// <count-down until="2026-01-31T12:00:00Z"><progress max="…"></progress> <b>…</b></count-down>: the minutes left, as text and bar.
class CountDown extends HTMLElement {
  connectedCallback() {
    this.end = Date.parse(this.getAttribute("until"))
    this.timer = setInterval(() => this.tick(), 1000)
    this.tick()
  }

  disconnectedCallback() { clearInterval(this.timer) }

  // 9:05 for minutes, 71:09:05 for days in which cash can be paid.
  static clock(seconds) {
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60]
    if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600))
    return parts.map((part, place) => place ? String(part).padStart(2, "0") : part).join(":")
  }

  tick() {
    const left = Math.max(0, Math.round((this.end - Date.now()) / 1000))
    const [text, bar] = [this.querySelector("b"), this.querySelector("progress")]
    if (text) text.textContent = CountDown.clock(left)
    if (bar) bar.value = left
    if (!left) clearInterval(this.timer)
  }
}

customElements.define("count-down", CountDown)
