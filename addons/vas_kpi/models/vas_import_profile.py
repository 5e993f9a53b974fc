import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.sql import escape_psql

from ..tools import fact_rows, tabular

#: What the selection keys of the file options stand for in a file.
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
DECIMAL_MARKS = {"point": ".", "comma": ","}
BYTES_PER_MB = 1024 * 1024


class VasImportProfile(models.Model):
    """How the columns of somebody's file become facts of metrics.

    The reading itself is in ``tools/tabular.py`` and ``tools/fact_rows.py``.
    """

    _name = "vas.import.profile"
    _description = "Import profile"
    _inherit = ["mail.thread", "vas.rule.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        help="Empty: every company may use this profile. Facts belong to the company"
        " that imports them.",
    )
    description = fields.Text(
        translate=True, help="Where the file comes from and what to watch out for."
    )

    # the row and whom it is about
    key_columns = fields.Text(
        required=True,
        help="Columns that together identify a row in its source, one per line. The"
        " same row never counts twice.",
    )
    key_prefix = fields.Char(
        help="Keeps the numbers of this source apart from those of other sources."
    )
    date_column = fields.Char(
        required=True, help="The day that decides in which period a fact counts."
    )
    subject_column = fields.Char(
        required=True, help="The column that says who or what a row is about."
    )
    subject_model_id = fields.Many2one(
        comodel_name="ir.model",
        string="Facts about",
        required=True,
        ondelete="cascade",
        domain=[("transient", "=", False)],
        default=lambda self: self.env["ir.model"]._get("res.partner"),
    )
    subject_model = fields.Char(
        string="Facts about (model)", related="subject_model_id.model", store=True
    )
    subject_field = fields.Char(
        string="Found by",
        required=True,
        default="name",
        help="The text field that is compared with the column; case and repeated"
        " spaces do not matter.",
    )
    subject_domain = fields.Char(
        string="Looked for among", default="[]", help="Empty: among all."
    )
    unknown_subject = fields.Selection(
        selection=[
            ("report", "Report the row"),
            ("create", "Create a contact"),
        ],
        string="If not found",
        required=True,
        default="report",
    )
    new_partner_role = fields.Selection(
        selection=[
            ("supplier", "Vendor"),
            ("customer", "Customer"),
            ("none", "Neither"),
        ],
        string="New contacts are",
        required=True,
        default="supplier",
    )
    new_partner_own = fields.Boolean(
        string="Only for the importing company",
        help="New contacts are visible to the importing company only.",
    )

    # how the file is written
    date_formats = fields.Text(
        required=True,
        default="YYYY-MM-DD",
        help="How days are written, one format per line, tried from the top."
        " YYYY or YY year, M month number, MMM or MMMM English month name, D day;"
        " hh:mm:ss is read over. Examples: D-MMM-YY, DD/MM/YYYY, YYYY年M月D日.",
    )
    decimal_mark = fields.Selection(
        selection=[("point", "1,234.56"), ("comma", "1.234,56")],
        string="Numbers are written",
        required=True,
        default="point",
    )
    encoding = fields.Selection(
        selection=[
            ("auto", "Find out"),
            ("utf-8", "UTF-8"),
            ("gb18030", "Chinese (GB 18030, GBK)"),
            ("cp1252", "Western (Windows-1252)"),
        ],
        string="Characters",
        required=True,
        default="auto",
    )
    delimiter = fields.Selection(
        selection=[
            ("auto", "Find out"),
            ("comma", "Comma"),
            ("semicolon", "Semicolon"),
            ("tab", "Tab"),
            ("pipe", "Vertical bar"),
        ],
        string="Columns separated by",
        required=True,
        default="auto",
    )
    known_rule = fields.Selection(
        selection=[
            ("report", "Keep what is recorded and report the row"),
            ("update", "Correct what is recorded"),
        ],
        string="Known row with other figures",
        required=True,
        default="report",
        help="A row that was imported before and says the same is never taken twice.",
    )

    line_ids = fields.One2many(
        comodel_name="vas.import.profile.line",
        inverse_name="profile_id",
        string="Figures",
        copy=True,
    )
    columns_text = fields.Char(
        string="Columns of the file", compute="_compute_columns_text"
    )
    template_file = fields.Binary(string="Template", compute="_compute_template_file")
    template_xlsx = fields.Binary(
        string="Template (XLSX)", compute="_compute_template_file"
    )
    log_ids = fields.One2many(
        comodel_name="vas.observation.import.log", inverse_name="profile_id"
    )
    log_count = fields.Integer(string="Imports", compute="_compute_log_count")
    last_import_on = fields.Datetime(string="Last import", readonly=True, copy=False)

    # ------------------------------------------------------------------ computes
    @api.depends(
        "key_columns",
        "date_column",
        "subject_column",
        "line_ids.kind",
        "line_ids.first_column",
        "line_ids.second_column",
    )
    def _compute_columns_text(self):
        for profile in self:
            profile.columns_text = ", ".join(profile._get_recipe().columns())

    def _compute_template_file(self):
        for profile in self:
            rows = profile._get_template_rows()
            profile.template_file = base64.b64encode(tabular.write_csv(rows))
            title = self.env._("Facts")
            profile.template_xlsx = base64.b64encode(tabular.write_xlsx(rows, title))

    def _compute_log_count(self):
        counts = dict(
            self.env["vas.observation.import.log"]._read_group(
                [("profile_id", "in", self.ids)], ["profile_id"], ["__count"]
            )
        )
        for profile in self:
            profile.log_count = counts.get(profile, 0)

    # --------------------------------------------------------------- constraints
    @api.constrains("subject_domain", "subject_model_id")
    def _check_subject_domain(self):
        for profile in self:
            profile._check_domain_field("subject_domain", profile.subject_model)

    @api.constrains("key_columns")
    def _check_key_columns(self):
        for profile in self:
            if not profile._get_lines("key_columns"):
                raise ValidationError(
                    self.env._(
                        "%(profile)s: enter at least one key column; it keeps a second"
                        " import from doubling the facts.",
                        profile=profile.name,
                    )
                )

    @api.constrains("date_formats")
    def _check_date_formats(self):
        for profile in self:
            patterns = profile._get_lines("date_formats")
            for pattern in patterns or [""]:
                try:
                    tabular.compile_date_format(pattern)
                except ValueError as error:
                    raise ValidationError(
                        self.env._(
                            "%(profile)s: “%(pattern)s” is not a date format. Expected"
                            " year, month and day once each, such as D-MMM-YY,"
                            " DD/MM/YYYY or YYYY-MM-DD.",
                            profile=profile.name,
                            pattern=pattern,
                        )
                    ) from error

    @api.constrains("subject_model_id", "subject_field", "unknown_subject")
    def _check_subject(self):
        for profile in self:
            profile._check_field_path(
                "subject_field", profile.subject_model, types={"char"}, stored=True
            )
            if "." in profile.subject_field:
                raise ValidationError(
                    self.env._(
                        "%(profile)s: “Found by” must be a field of %(model)s itself.",
                        profile=profile.name,
                        model=profile.subject_model_id.name,
                    )
                )
            if (
                profile.unknown_subject == "create"
                and profile.subject_model != "res.partner"
            ):
                raise ValidationError(
                    self.env._(
                        "%(profile)s: only contacts can be created by an import. Let"
                        " rows about an unknown %(model)s be reported instead.",
                        profile=profile.name,
                        model=profile.subject_model_id.name,
                    )
                )

    # ------------------------------------------------------------------- actions
    def action_import(self):
        """Open the import of a file by this profile."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_observation_import_action"
            ),
            "context": {"default_profile_id": self.id},
        }

    def action_download_template(self):
        """Hand out a file with the right headings and one example row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template_file"
            f"?download=true&filename={self._get_template_name()}",
            "target": "self",
        }

    def action_download_template_xlsx(self):
        """Hand out the same as a spreadsheet."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template_xlsx"
            f"?download=true&filename=template-{self.id}.xlsx",
            "target": "self",
        }

    def import_rows(self, rows, source=None):
        """Import rows as if they came in a file of this profile, for other systems.

        ``POST /json/2/vas.import.profile/import_rows`` with ``ids`` of one profile.
        The import is kept in the list of imports, with the rows that were wrong.

        :param rows: list of ``{heading: value}``; texts, numbers, ISO days.
        :param source: shown as the name of the file.
        :return: ``{"import_id": n, "imported": n, "known": n, "updated": n,
            "bad": n, "problems": [{"row": 2, "column": "…", "found": "…",
            "expected": "…"}]}``; rows count as in a spreadsheet, the first is 2.
        """
        self.ensure_one()
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UserError(
                self.env._(
                    "“rows” is a list of objects with the headings of the profile:"
                    " %(columns)s.",
                    columns=self.columns_text,
                )
            )
        headings = list(dict.fromkeys(name for row in rows for name in row))
        table = [headings, *([row.get(name) for name in headings] for row in rows)]
        log = self.env["vas.observation.import.log"].create(
            {
                "profile_id": self.id,
                "company_id": self.env.company.id,
                "file": base64.b64encode(tabular.write_csv(table)),
                "filename": source or self.env._("from another system"),
            }
        )
        log.action_run()
        return {
            "import_id": log.id,
            "state": log.state,
            "imported": log.row_imported,
            "known": log.row_known,
            "updated": log.row_updated,
            "bad": log.row_bad,
            "problems": [
                {
                    "row": problem.row_number,
                    "column": problem.column or "",
                    "found": problem.value or "",
                    "expected": problem.expected,
                }
                for problem in log.problem_ids
            ],
        }

    def action_open_logs(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_observation_import_log_action"
            ),
            "domain": [("profile_id", "=", self.id)],
            "context": {},
        }

    # ------------------------------------------------------------------- reading
    def _get_lines(self, field_name):
        """Return the non-blank lines of a text field."""
        self.ensure_one()
        lines = (self[field_name] or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def _get_recipe(self):
        """Return the profile as ``tools/fact_rows.py`` reads it."""
        self.ensure_one()
        return fact_rows.Recipe(
            keys=self._get_lines("key_columns"),
            subject=(self.subject_column or "").strip(),
            date=(self.date_column or "").strip(),
            facts=[line._get_spec() for line in self.line_ids],
            date_patterns=self._get_lines("date_formats"),
            decimal_mark=DECIMAL_MARKS[self.decimal_mark or "point"],
            key_prefix=(self.key_prefix or "").strip(),
        )

    def _get_template_name(self):
        return f"template-{self.id}.csv"

    def _get_template_rows(self):
        """Return the headings and one example row."""
        self.ensure_one()
        recipe = self._get_recipe()
        pattern = recipe.date_patterns[0] if recipe.date_patterns else "YYYY-MM-DD"
        today = tabular.format_date(fields.Date.context_today(self), pattern)
        number = {".": "100.00", ",": "100,00"}[recipe.decimal_mark]
        examples = {}
        for fact in recipe.facts:
            example = number if fact.kind in ("number", "ratio") else today
            examples.update(dict.fromkeys((fact.first, fact.second), example))
        examples[recipe.date] = today
        examples.update(dict.fromkeys(recipe.keys, "1001"))
        examples[recipe.subject] = self.env._("Example Company")
        columns = recipe.columns()
        return [columns, [examples[name] for name in columns]]

    def _open_table(self, data, company):
        """Open a file for reading by this profile.

        :param data: the bytes of the file.
        :raises UserError: one sentence that says why the file cannot be read.
        """
        self.ensure_one()
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "%(profile)s: there are no figures to import. Add a line that says"
                    " which metric is fed from which column.",
                    profile=self.display_name,
                )
            )
        limit = company.vas_kpi_import_max_mb
        try:
            return tabular.read_table(
                data,
                self._get_recipe().columns(),
                encoding=None if self.encoding == "auto" else self.encoding,
                delimiter=DELIMITERS.get(self.delimiter),
                max_bytes=limit * BYTES_PER_MB if limit else None,
            )
        except tabular.TableError as error:
            raise UserError(self._describe_table_error(error)) from error

    def _describe_table_error(self, error):
        """Say in one sentence why a file as a whole cannot be read."""
        data = error.data
        if error.code == "missing_columns":
            return self.env._(
                "The file does not fit the profile %(profile)s: it has no column"
                " %(missing)s. It has: %(found)s.",
                profile=self.display_name,
                missing=", ".join(f"“{name}”" for name in data["missing"]),
                found=", ".join(f"“{name}”" for name in data["found"][:40] if name)
                or self.env._("no headings in its first row"),
            )
        if error.code == "repeated_column":
            return self.env._(
                "The file has more than one column %(names)s. Rename or delete those"
                " that are not meant.",
                names=", ".join(f"“{name}”" for name in data["repeated"]),
            )
        if error.code == "too_large":
            return self.env._(
                "The file is too large: %(size)s MB, allowed are %(limit)s MB. Split"
                " it, or let an administrator raise the limit in the settings.",
                size=-(-data["size"] // BYTES_PER_MB),
                limit=data["limit"] // BYTES_PER_MB,
            )
        if error.code == "empty":
            return self.env._(
                "The file is empty. Expected a first row with the headings:"
                " %(columns)s.",
                columns=self.columns_text,
            )
        if error.code == "encoding":
            return self.env._(
                "The characters of the file cannot be read as %(tried)s. Save it as"
                " “CSV UTF-8”, or choose its characters on the profile %(profile)s.",
                tried=", ".join(data["tried"]),
                profile=self.display_name,
            )
        # binary, old_excel, broken_xlsx
        return self.env._(
            "This is not a CSV or XLSX file, or it is damaged. Open it in a spreadsheet"
            " program and save it as “CSV UTF-8” or as XLSX."
        )

    def _describe_problem(self, problem):
        """Say what was expected at the place of a problem."""
        data = problem.data
        match problem.code:
            case "blank":
                return self.env._("A value; the cell is blank")
            case "not_a_date":
                example = fields.Date.to_date("2014-03-09")
                return self.env._(
                    "An existing day written as %(formats)s, such as %(example)s",
                    formats=", ".join(data["patterns"]),
                    example=tabular.format_date(example, data["patterns"][0]),
                )
            case "not_a_number":
                return self.env._(
                    "A number such as %(example)s",
                    example="1,234.56" if self.decimal_mark == "point" else "1.234,56",
                )
            case "not_positive":
                return self.env._("A number above 0 to divide by")
            case "unreadable":
                return self.env._("Readable characters")
            case "extra_cells":
                return self.env._(
                    "%(expected)s cells as in the heading; there are %(found)s",
                    expected=data["expected"],
                    found=data["found"],
                )
            case "broken_quote":
                return self.env._("Quotation marks that open and close in pairs")
            case "unknown_subject":
                return self.env._(
                    "An existing %(model)s; none is called so",
                    model=self.subject_model_id.name,
                )
            case "ambiguous_subject":
                return self.env._(
                    "One %(model)s; %(count)s are called so",
                    model=self.subject_model_id.name,
                    count=data["count"],
                )
            case "differs":
                return self.env._(
                    "The same as recorded by an earlier import: %(recorded)s",
                    recorded=data["recorded"],
                )
        raise ValueError(problem.code)

    # ------------------------------------------------------------------ subjects
    def _find_subjects(self, names, company):
        """Look up subjects by name, set-based.

        :param names: names as in the file, spaces already evened out.
        :return: ``{normalized name: ids}`` for the names that were found.
        """
        self.ensure_one()
        field_name = self.subject_field
        # Whether a vendor exists does not depend on which contacts the importing user
        # may read; the company limit is applied here.
        model_sudo = self.env[self.subject_model].sudo()
        today = fields.Date.context_today(self)
        domain = self._read_domain(self.subject_domain, today, today)
        if "company_id" in model_sudo._fields:
            domain &= Domain("company_id", "in", [company.id, False])
        found = {}

        def collect(condition):
            for record in model_sudo.search_fetch(domain & condition, [field_name]):
                key = tabular.normalize(record[field_name])
                found.setdefault(key, []).append(record.id)

        collect(Domain(field_name, "in", list(names)))
        others = [name for name in names if tabular.normalize(name) not in found]
        if others:
            collect(
                Domain.OR(
                    Domain(field_name, "=ilike", escape_psql(name)) for name in others
                )
            )
        return found

    def _create_subjects(self, names, company):
        """Create contacts with these names; return ``{normalized name: id}``."""
        self.ensure_one()
        ranks = {"supplier": "supplier_rank", "customer": "customer_rank"}
        rank = ranks.get(self.new_partner_role)
        # The administrator who set up the profile decided that importing may create
        # contacts; the importing officer need not be allowed to edit contacts.
        contacts_sudo = self.env["res.partner"].sudo()
        partners_sudo = contacts_sudo.with_context(tracking_disable=True).create(
            [
                {
                    self.subject_field: name,
                    "name": name,
                    "is_company": True,
                    "company_id": company.id if self.new_partner_own else False,
                    **({rank: 1} if rank else {}),
                }
                for name in names
            ]
        )
        return {
            tabular.normalize(name): partner_id
            for name, partner_id in zip(names, partners_sudo.ids, strict=True)
        }
