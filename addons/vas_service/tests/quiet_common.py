from odoo.tests import TransactionCase


class QuietCase(TransactionCase):
    """Nobody is told of the records that a test makes, and nothing is tracked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(
                cls.env.context,
                tracking_disable=True,
                mail_create_nosubscribe=True,
                no_reset_password=True,
            )
        )
