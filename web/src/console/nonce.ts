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
