"""The launcher behind ``./vas``: sets the product up, runs it and tests it.

Only the standard library is used here; what needs Odoo or a package runs in the virtual
environment (``launcher/inside/``).
"""
