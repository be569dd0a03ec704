"""The dashboards as a reader has them: in a browser, at the address that `drift dashboard` serves."""
