"""The portal: two banks and two providers, each sees only what is theirs."""

import re

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .sla_common import SlaCase


@tagged("post_install", "-at_install")
class TestPortalDesk(SlaCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["vas.satisfaction.rule"].search([]).action_archive()
        cls.rule = cls.env["vas.satisfaction.rule"].create(
            {
                "name": "All",
                "template_id": cls.env.ref("vas_service.satisfaction_template").id,
                "expiry_days": 14,
                "low_score": "1",
            }
        )
        partners = cls.env["res.partner"]
        cls.banks = partners.create(
            [{"name": f"Bank {name}", "is_company": True} for name in "XY"]
        )
        cls.branch = partners.create(
            {"name": "Branch of X", "is_company": True, "parent_id": cls.banks[0].id}
        )
        cls.providers = partners.create(
            [{"name": f"Provider {name}", "is_company": True} for name in "PQ"]
        )
        cls.users = {}
        for company, login in (
            (cls.banks[0], "bank_x"),
            (cls.branch, "bank_x_branch"),
            (cls.banks[1], "bank_y"),
            (cls.providers[0], "provider_p"),
            (cls.providers[1], "provider_q"),
        ):
            user = new_test_user(cls.env, login, groups="base.group_portal")
            user.partner_id.parent_id = company
            user.partner_id.email = f"{login}@example.com"
            cls.users[login] = user
        cls.tickets = {
            (bank, provider): cls.env["helpdesk.ticket"].create(
                {
                    "name": f"ATM of {bank.name}, {provider.name}",
                    "description": "<p>x</p>",
                    "team_id": cls.team.id,
                    "partner_id": cls.users[login].partner_id.id,
                    "vas_provider_id": provider.id,
                    "user_id": cls.agent.id,
                }
            )
            for bank, login in (
                (cls.banks[0], "bank_x"),
                (cls.branch, "bank_x_branch"),
                (cls.banks[1], "bank_y"),
            )
            for provider in cls.providers
        }
        cls.agent.name = "Zhao Secret"
        cls.agent.partner_id.email = "secret@example.com"

    def _ids(self, login):
        tickets = self.env["helpdesk.ticket"].with_user(self.users[login])
        return set(tickets.search([("team_id", "=", self.team.id)]).ids)

    def _of(self, *keys):
        return {
            ticket.id
            for (bank, provider), ticket in self.tickets.items()
            if bank in keys or provider in keys
        }

    def _post(self, url, **data):
        page = self.url_open("/my/complaint/new").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return self.url_open(url, data={"csrf_token": token, **data})

    def _question(self, ticket):
        ticket.sudo().stage_id = self.done
        request = ticket.sudo().vas_satisfaction_ids
        request._step(request.send_at)
        return request

    def test_each_sees_their_own(self):
        head, other = self.banks
        p, q = self.providers
        self.assertEqual(self._ids("bank_x"), self._of(head, self.branch))
        self.assertEqual(self._ids("bank_x_branch"), self._of(self.branch))
        self.assertEqual(self._ids("bank_y"), self._of(other))
        self.assertEqual(self._ids("provider_p"), self._of(p))
        self.assertEqual(self._ids("provider_q"), self._of(q))

    def test_pages_of_others_are_not_found(self):
        foreign = self.tickets[self.banks[1], self.providers[1]]
        missing = foreign.id + 100000
        for login in ("bank_x", "provider_p"):
            self.authenticate(login, login)
            for ticket_id in (foreign.id, missing):
                page = self.url_open(f"/my/ticket/{ticket_id}")
                self.assertEqual(page.status_code, 404)
                self.assertNotIn(foreign.name, page.text)
                proof = f"/my/ticket/{ticket_id}/promises?report_type=html"
                self.assertEqual(self.url_open(proof).status_code, 404)
                for path in ("reopen", "rate", "provider"):
                    answer = self._post(f"/my/ticket/{ticket_id}/{path}", rate="1")
                    self.assertEqual(answer.status_code, 404, path)
                answer = self._post(
                    "/ticket/close", ticket_id=ticket_id, stage_id=self.done.id
                )
                self.assertEqual(answer.status_code, 404)
        self.assertFalse(foreign.closed)

    def test_a_filter_finds_every_ticket_that_reads_so(self):
        """Stages with one word for customers are one filter that finds them all."""
        one, two = (
            self.tickets[self.banks[0], provider] for provider in self.providers
        )
        other_stage = self.env["helpdesk.ticket.stage"].create({"name": "In the lab"})
        (self.progress | other_stage).vas_portal_name = "At work"
        one.stage_id, two.stage_id = self.progress, other_stage
        self.authenticate("bank_x", "bank_x")
        page = self.url_open("/my/tickets").text
        keys = re.findall(r"filterby=(\d+)[^>]*>\s*(?:<span[^>]*>)?\s*At work", page)
        self.assertEqual(len(keys), 1)
        page = self.url_open(f"/my/tickets?filterby={keys[0]}").text
        for ticket in (one, two):
            self.assertIn(f"/my/ticket/{ticket.id}", page)
        branch = self.tickets[self.branch, self.providers[0]]
        self.assertNotIn(f"/my/ticket/{branch.id}", page)
        page = self.url_open("/my/tickets?sortby=x&groupby=y&search_in=z&filterby=w")
        self.assertEqual(page.status_code, 200)
        self.assertIn(f"/my/ticket/{branch.id}", page.text)

    def test_promise_and_proof_without_names(self):
        ticket = self.tickets[self.banks[0], self.providers[0]]
        ticket.with_user(self.agent).with_context(
            vas_pause_reason="boss said so"
        ).stage_id = self.awaiting
        self.awaiting.vas_portal_name = "Waiting for you"
        self.authenticate("bank_x", "bank_x")
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn("o_vas_portal_promises", page)
        self.assertIn("Paused", page)
        self.assertIn("Waiting for you", page)
        self.assertNotIn(">Awaiting<", page)
        proof = self.url_open(f"/my/ticket/{ticket.id}/promises?report_type=html").text
        self.assertIn(ticket.number, proof)
        self.assertIn("Waiting for the customer", proof)
        for secret in ("Zhao Secret", "secret@example.com", "boss said so", "Standard"):
            self.assertNotIn(secret, proof)
        sheet = self.url_open(f"/my/ticket/{ticket.id}/promises")
        self.assertEqual(sheet.status_code, 200)
        self.assertEqual(sheet.headers["Content-Type"], "application/pdf")
        self.assertIn(ticket.number, sheet.headers["Content-Disposition"])
        # The same sheet for our own use names them.
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("vas_service.report_ticket_proof", ticket.ids)[0]
            .decode()
        )
        for known in ("Zhao Secret", "boss said so", "Standard"):
            self.assertIn(known, html)
        self.authenticate("provider_p", "provider_p")
        self.assertEqual(
            self.url_open(f"/my/ticket/{ticket.id}/promises").status_code, 404
        )

    def test_goal_is_a_setting(self):
        ticket = self.tickets[self.banks[0], self.providers[0]]
        self.assertTrue(ticket._vas_get_portal_promises()[0]["deadline"])
        self.env["ir.config_parameter"].set_param("vas_service.portal_goal", "status")
        self.assertFalse(ticket._vas_get_portal_promises()[0]["deadline"])

    def test_create_close_and_open_again(self):
        self.authenticate("bank_x", "bank_x")
        before = self.env["helpdesk.ticket"].search([], order="id desc", limit=1).id
        self._post(
            "/submitted/ticket", subject="Screen is dark", description="Since noon"
        )
        ticket = self.env["helpdesk.ticket"].search([("id", ">", before)])
        self.assertEqual(ticket.name, "Screen is dark")
        self.assertEqual(ticket.partner_id, self.users["bank_x"].partner_id)
        # A link in a mail changes nothing.
        link = f"/ticket/close?ticket_id={ticket.id}&stage_id={self.done.id}"
        self.assertEqual(self.url_open(link).status_code, 405)
        self.assertFalse(ticket.closed)
        self.done.close_from_portal = False
        self._post("/ticket/close", ticket_id=ticket.id, stage_id=self.done.id)
        self.assertFalse(ticket.closed, "the stage is not offered")
        self.done.close_from_portal = True
        self._post("/ticket/close", ticket_id=ticket.id, stage_id=self.done.id)
        self.assertTrue(ticket.closed)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn("Not solved?", page)
        self._post(f"/my/ticket/{ticket.id}/reopen", reason="Still dark")
        self.assertFalse(ticket.closed)
        self.assertIn("Still dark", str(ticket.message_ids.mapped("body")))
        ticket.stage_id = self.done
        self.env["ir.config_parameter"].set_param("vas_service.portal_reopen_days", 0)
        self._post(f"/my/ticket/{ticket.id}/reopen", reason="Again")
        self.assertTrue(ticket.closed)

    def test_reply_in_the_portal(self):
        ticket = self.tickets[self.banks[0], self.providers[0]]
        self.authenticate("bank_x", "bank_x")
        params = {
            "thread_model": "helpdesk.ticket",
            "thread_id": ticket.id,
            "post_data": {"body": "Here is the number", "message_type": "comment"},
        }
        self.make_jsonrpc_request("/mail/message/post", params)
        self.assertIn("Here is the number", ticket.message_ids[0].body)
        self.assertFalse(ticket.vas_first_response_date)

    def test_satisfaction_in_the_portal(self):
        """SVY-07: the bank rates a service once it is done."""
        ticket = self.tickets[self.banks[0], self.providers[0]]
        request = self._question(ticket)
        self.authenticate("provider_p", "provider_p")
        self.assertNotIn("How satisfied", self.url_open(f"/my/ticket/{ticket.id}").text)
        answer = self._post(f"/my/ticket/{ticket.id}/rate", rate="5")
        self.assertEqual(answer.status_code, 404, "not the provider about itself")
        self.authenticate("bank_x", "bank_x")
        self.assertIn("How satisfied", self.url_open(f"/my/ticket/{ticket.id}").text)
        self._post(f"/my/ticket/{ticket.id}/rate", rate="4")
        self.assertEqual(request.state, "sent", "only the offered answers")
        self._post(f"/my/ticket/{ticket.id}/rate", rate="1", feedback="Slow")
        self.assertEqual(request.opinion, "1")
        self.assertTrue(request.recovery_ticket_id)
        answer = self._post(f"/my/ticket/{ticket.id}/rate", rate="5")
        self.assertIn("already answered", answer.text)
        self.assertEqual(request.opinion, "1")

    def test_provider_assigns_and_closes(self):
        ticket = self.tickets[self.banks[0], self.providers[0]]
        engineer = self.env["res.partner"].create(
            {"name": "Engineer P", "parent_id": self.providers[0].id}
        )
        foreign = self.env["res.partner"].create(
            {"name": "Engineer Q", "parent_id": self.providers[1].id}
        )
        self.authenticate("provider_p", "provider_p")
        url = f"/my/ticket/{ticket.id}/provider"
        self._post(url, contact_id=foreign.id)
        self.assertFalse(ticket.vas_provider_contact_id)
        self._post(url, contact_id=engineer.id)
        self.assertEqual(ticket.vas_provider_contact_id, engineer)
        self.done.close_from_portal = True
        self._post("/ticket/close", ticket_id=ticket.id, stage_id=self.done.id)
        self.assertTrue(ticket.closed)
        self.authenticate("bank_x", "bank_x")
        self.assertEqual(self._post(url, contact_id=engineer.id).status_code, 404)

    def test_complaints_of_banks_about_providers(self):
        for login, provider in (
            ("bank_x", 0),
            ("bank_x_branch", 1),
            ("bank_y", 0),
            ("bank_y", 1),
        ):
            self.authenticate(login, login)
            self._post(
                "/my/complaint/submit",
                kind="complaint",
                subject=f"{login} about {provider}",
                description="Late",
                about_partner_id=self.providers[provider].id,
            )
        complaints = self.env["vas.complaint"].search(
            [("name", "like", "% about %")], order="id"
        )
        self.assertEqual(len(complaints), 4)
        seen = {
            login: complaints.with_user(user).search([]).sudo() & complaints
            for login, user in self.users.items()
        }
        self.assertEqual(seen["bank_x"], complaints[:2])
        self.assertEqual(seen["bank_x_branch"], complaints[1])
        self.assertEqual(seen["bank_y"], complaints[2:])
        self.assertEqual(seen["provider_p"], complaints[0] | complaints[2])
        self.assertEqual(seen["provider_q"], complaints[1] | complaints[3])
        self.authenticate("provider_p", "provider_p")
        page = self.url_open("/my/complaints").text
        self.assertIn("bank_x about 0", page)
        self.assertNotIn("bank_y about 1", page)
        self.assertEqual(
            self.url_open(f"/my/complaint/{complaints[1].id}").status_code, 404
        )
        page = self.url_open(f"/my/complaint/{complaints[0].id}").text
        self.assertNotIn("Communication", page, "the talk with the bank is not theirs")
        message = complaints[0].message_post(
            body="We pay you back.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(message.with_user(self.users["bank_x"]).read(["body"]))
        provider = self.users["provider_p"]
        with self.assertRaises(AccessError):
            message.with_user(provider).read(["body"])
        with self.assertRaises(AccessError):
            complaints[0].with_user(provider).message_post(body="Not true")
        for name in ("user_id", "verdict_reason", "judged_by_id", "about_user_id"):
            with self.assertRaises(AccessError, msg=name):
                complaints[0].with_user(provider).read([name])

    def test_complaint_forms_are_checked(self):
        self.authenticate("bank_y", "bank_y")
        self._post(
            "/my/complaint/submit", kind="nonsense", subject="a", description="b"
        )
        self._post(
            "/my/complaint/submit", kind="complaint", subject=" ", description="b"
        )
        self.assertFalse(
            self.env["vas.complaint"].search(
                [("partner_id", "=", self.users["bank_y"].partner_id.id)]
            )
        )
        stranger = self.env["res.partner"].create({"name": "Unrelated"})
        self._post(
            "/my/complaint/submit",
            kind="suggestion",
            subject="Later hours",
            description="Please",
            about_partner_id=stranger.id,
        )
        made = self.env["vas.complaint"].search([("name", "=", "Later hours")])
        self.assertFalse(made.about_partner_id)
        self.assertEqual(made.channel, "portal")

    def test_questions_and_answers(self):
        self.env["vas.knowledge"].create(
            [
                {"name": "Opening hours?", "answer": "<p>9-18</p>", "is_public": True},
                {"name": "Internal", "answer": "<p>password</p>"},
            ]
        )
        self.authenticate("bank_x", "bank_x")
        page = self.url_open("/my/faq").text
        self.assertIn("Opening hours?", page)
        self.assertNotIn("Internal", page)
        self.assertNotIn("Opening", self.url_open("/my/faq?search=zzz").text)
        option = self.env["vas.knowledge"].search([("name", "=", "Opening hours?")])
        option.team_id = self.team
        form = self.url_open(f"/new/ticket?option={option.id}").text
        self.assertRegex(form, rf'name="option"\s+value="{option.id}"')
        self._post(
            "/submitted/ticket", subject="On Sunday?", description="x", option=option.id
        )
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "On Sunday?")])
        self.assertEqual(ticket.vas_knowledge_id, option)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(self.url_open("/my").status_code, 200)

    def test_fields_closed_to_the_portal(self):
        ticket = self.tickets[self.banks[0], self.providers[0]]
        user = self.users["bank_x"]
        for name in ("vas_knowledge_id", "vas_similar_ids", "vas_satisfaction_ids"):
            with self.assertRaises(AccessError, msg=name):
                ticket.with_user(user).read([name])
        for model in (
            "vas.call",
            "vas.knowledge",
            "vas.satisfaction.request",
            "vas.sla.pause.audit",
            "vas.desk.tile",
            "vas.sla.clock",
        ):
            self.assertFalse(self.env[model].with_user(user).has_access("read"), model)

    def test_screen_pop_route(self):
        self.authenticate("sla_agent", "sla_agent")
        before = self.env["vas.call"].search_count([])
        answer = self.url_open(
            "/vas/call/tel:+86%20138%200013%208000", allow_redirects=False
        )
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(
            answer.headers["Location"].endswith(
                "/odoo/action-vas_service.vas_call_action_pop?number=%2B8613800138000"
            )
        )
        self.assertEqual(self.env["vas.call"].search_count([]), before)
