def post_init_hook(env):
    """Take the first business of all customers from the invoices already posted."""
    env["res.partner"]._vas_fill_first_business_dates()
