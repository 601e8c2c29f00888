// <photo-gallery>: a thumbnail shows its photo in place; the main photo opens large in the <dialog>.
class PhotoGallery extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this)
    this.main = this.querySelector(".gallery__main")
    this.dialog = this.querySelector("dialog")
  }

  disconnectedCallback() { this.removeEventListener("click", this) }

  handleEvent(event) {
    const link = event.target.closest("a")
    if (event.target.closest("[data-close]") || event.target === this.dialog) this.dialog.close()
    else if (link && link === this.main) this.zoom(event)
    else if (link?.closest(".gallery__thumbs")) this.choose(link, event)
  }

  choose(link, event) {
    event.preventDefault()
    const image = this.main.querySelector("img")
    image.srcset = link.dataset.srcset || ""
    image.src = link.dataset.src || link.href
    image.alt = link.querySelector("img").alt
    this.main.href = link.href
    this.querySelector("[aria-current]")?.removeAttribute("aria-current")
    link.setAttribute("aria-current", "true")
  }

  zoom(event) {
    if (!this.dialog) return
    event.preventDefault()
    const large = this.dialog.querySelector("img")
    large.src = this.main.href
    large.alt = this.main.querySelector("img").alt
    this.dialog.showModal()
  }
}

customElements.define("photo-gallery", PhotoGallery)
