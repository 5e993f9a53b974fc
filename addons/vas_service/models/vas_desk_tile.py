import ast

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

#: Words of a stored filter that mean the reader.
READER = "uid"


class VasDeskTile(models.Model):
    """A question of the dashboard: one number, and the list behind it."""

    _name = "vas.desk.tile"
    _description = "Dashboard Tile"
    _inherit = ["vas.rule.mixin"]
    _order = "sequence, id"

    name = fields.Char(string="Question", required=True, translate=True)
    area = fields.Selection(
        selection=[("service", "Service desk")],
        string="Dashboard",
        required=True,
        default="service",
        help="Whose dashboard asks the question.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: shown in every company.")
    group_ids = fields.Many2many(
        "res.groups", string="Shown to", help="Empty: to everybody who may read it."
    )
    note = fields.Char(
        string="Definition", translate=True, help="What exactly is counted."
    )
    period = fields.Char(
        translate=True, help="The time the number is about, such as “now” or “30 days”."
    )
    model_id = fields.Many2one(
        "ir.model",
        string="Records",
        required=True,
        ondelete="cascade",
        domain=[("transient", "=", False), ("abstract", "=", False)],
    )
    model_name = fields.Char(related="model_id.model")
    domain = fields.Char(
        string="Filter",
        required=True,
        default="[]",
        help="The word “uid” stands for whoever reads the dashboard.",
    )
    measure_field_id = fields.Many2one(
        "ir.model.fields",
        string="Average of",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('store', '=', True), "
        "('ttype', 'in', ('float', 'integer', 'monetary'))]",
        help="Empty: the records are counted.",
    )
    unit = fields.Char(translate=True)
    digits = fields.Integer(string="Decimals")
    as_percent = fields.Boolean(
        string="Show as Percent",
        help="An average such as 0.83 is shown as 83 %; the target is typed as 80.",
    )
    target = fields.Float(help="What is aimed at.")
    direction = fields.Selection(
        [("lower", "Less is better"), ("higher", "More is better")],
        required=True,
        default="lower",
    )
    has_target = fields.Boolean(string="Compare with a target", default=True)
    action_id = fields.Many2one(
        "ir.actions.act_window",
        string="Opens",
        ondelete="set null",
        help="The screen that shows the list, narrowed to exactly these records.",
    )
    value = fields.Float(compute="_compute_value")
    value_text = fields.Char(string="Figure", compute="_compute_value")
    target_text = fields.Char(compute="_compute_value")
    verdict = fields.Selection(
        [("good", "On target"), ("bad", "Off target"), ("none", "No data")],
        compute="_compute_value",
    )

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        for tile in self:
            text = tile._resolve(tile.domain or "[]", 0)
            try:
                Domain(ast.literal_eval(text)).validate(self.env[tile.model_id.model])
            except (ValueError, TypeError, KeyError, SyntaxError) as error:
                raise ValidationError(
                    self.env._(
                        "Tile “%(tile)s”: the filter does not fit %(model)s. Expected "
                        'a list of conditions such as [("field", "=", value)]. '
                        "(%(error)s)",
                        tile=tile.name,
                        model=tile.model_id.name,
                        error=error,
                    )
                ) from error

    @api.model
    def _resolve(self, text, uid):
        """Put the reader in place of the word ``uid``, outside of quotes only."""
        names = ast.parse((text or "[]").strip(), mode="eval")
        for node in ast.walk(names):
            for field, value in ast.iter_fields(node):
                if isinstance(value, ast.Name) and value.id == READER:
                    setattr(node, field, ast.Constant(uid))
                elif isinstance(value, list):
                    value[:] = [
                        ast.Constant(uid)
                        if isinstance(item, ast.Name) and item.id == READER
                        else item
                        for item in value
                    ]
        return ast.unparse(names)

    def _get_domain(self):
        self.ensure_one()
        return Domain(ast.literal_eval(self._resolve(self.domain, self.env.uid)))

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_value(self):
        for tile in self:
            missing = self.env._("No data")
            try:
                value = tile._measure()
            except ValueError:
                # A field of the filter is gone: the other tiles are still shown.
                value, missing = None, self.env._("The filter no longer fits")
            tile.value = value or 0.0
            tile.value_text = missing if value is None else tile._in_words(value)
            tile.target_text = tile._in_words(tile.target) if tile.has_target else ""
            if value is None or not tile.has_target:
                tile.verdict = "none"
            else:
                good = (
                    value <= tile.target
                    if tile.direction == "lower"
                    else value >= tile.target
                )
                tile.verdict = "good" if good else "bad"

    def _measure(self):
        """Return the number, with the rights of the reader; None without data."""
        self.ensure_one()
        # The administrator chose the model; whether the reader may read it is asked.
        tile_sudo = self.sudo()
        model = self.env[tile_sudo.model_id.model]
        if not model.has_access("read"):
            return None
        domain = self._get_domain()
        field = tile_sudo.measure_field_id.name
        if not field:
            return float(model.search_count(domain))
        ((average, count),) = model._read_group(domain, [], [f"{field}:avg", "__count"])
        if not count or average is None:
            return None
        return float(average) * 100 if self.as_percent else float(average)

    def _in_words(self, value):
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        number = lang.format(f"%.{self.digits}f", value, grouping=True)
        return f"{number} {self.unit}" if self.unit else number

    def action_open(self):
        """Open exactly the records that were counted."""
        self.ensure_one()
        # Which screen opens is the administrator's choice.
        tile_sudo = self.sudo()
        model = tile_sudo.model_id.model
        if not self.env[model].has_access("read"):
            raise AccessError(
                self.env._("You may not read the records behind “%s”.", self.name)
            )
        action = {
            "type": "ir.actions.act_window",
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
        }
        if tile_sudo.action_id:
            action = tile_sudo.action_id._get_action_dict()
        return dict(
            action,
            name=self.name,
            display_name=self.name,
            domain=list(self._get_domain()),
            context={"create": False},
        )
