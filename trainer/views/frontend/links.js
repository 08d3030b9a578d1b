// @ts-check
// Links to the page that is shown already: Streamlit would come back to it with the address that there is, so a click
// on one is taken before Streamlit sees it. Without this, the button of the view leads back, and the link does nothing.

/**
 * Call a function for every click on a link to this very page, until what this returns is called.
 * @param {() => void} clicked
 */
export function whenLinkToThisPageIsClicked(clicked) {
  /** @param {MouseEvent} event */
  const take = (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link?.href || link.target || link.search || link.hash) return;
    if (link.origin !== location.origin || link.pathname !== location.pathname) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    clicked();
  };
  document.addEventListener("click", take, true);
  return () => document.removeEventListener("click", take, true);
}
