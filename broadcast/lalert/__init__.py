"""Documents in the shape of Lアラート (EDXL-DE with PCXML), for entry by hand or import; not certified, sent to nobody."""
