/** The nonce of this page's content policy. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content

// antd hands the nonce to its own styles, but not to those with which a dialog keeps the page behind it from scrolling
// (@rc-component/portal): every style that this page's scripts make gets it.
if (nonce) {
  const create = document.createElement.bind(document)
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options)
    if (element instanceof HTMLStyleElement) element.nonce = nonce
    return element
  }) as typeof document.createElement
}

// A text area that grows measures itself on a hidden one whose style it sets as an attribute (@rc-component/input), which
// the policy forbids; the same style through the object model is allowed.
if (nonce) {
  const set = Element.prototype.setAttribute
  Element.prototype.setAttribute = function (this: Element, name: string, value: string) {
    if (name === 'style' && this instanceof HTMLElement) this.style.cssText = value
    else set.call(this, name, value)
  }
}
