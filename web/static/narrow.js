// Opens the form of a rule file in place of its text where the screen is narrow.
// It is not a module, so that it runs before the page is painted.

if (matchMedia("(max-width: 44rem)").matches) {
  const address = new URL(location.href);
  address.searchParams.set("screen", "narrow");
  location.replace(address);
}
