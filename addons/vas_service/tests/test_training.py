from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTraining(TransactionCase):
    """EVT-03: sessions, invitations, attendance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, no_reset_password=True)
        )
        cls.officer = new_test_user(
            cls.env, "trainer", "vas_service.group_vas_service_officer"
        )
        cls.people = cls.env["res.partner"].create(
            [{"name": name, "email": f"{name}@example.com"} for name in "abc"]
        )
        cls.training = (
            cls.env["vas.training"]
            .with_user(cls.officer)
            .create(
                {
                    "name": "Leading a team",
                    "topic_id": cls.env.ref("vas_service.training_topic_team").id,
                    "start": "2026-03-05 01:00:00",
                    "attendee_ids": [
                        Command.create({"partner_id": person.id})
                        for person in cls.people
                    ],
                }
            )
        )

    def test_invite_answer_hold(self):
        training = self.training
        self.assertEqual(training.hours, 1, "an hour unless said otherwise")
        training.action_invite()
        event = training.event_id.sudo()
        self.assertEqual(event.partner_ids, self.people | self.officer.partner_id)
        training.start = "2026-03-06 01:00:00"
        training.action_invite()
        self.assertEqual(training.event_id, event.with_env(training.env), "one meeting")
        self.assertEqual(event.start, training.start)
        answers = event.attendee_ids.filtered(lambda a: a.partner_id in self.people)
        answers[0].state, answers[1].state = "accepted", "declined"
        training.action_read_answers()
        states = dict(
            zip(
                training.attendee_ids.partner_id,
                training.attendee_ids.mapped("state"),
                strict=True,
            )
        )
        self.assertEqual(states[answers[0].partner_id], "accepted")
        self.assertEqual(states[answers[1].partner_id], "declined")
        training.action_hold()
        self.assertEqual(training.present_count, 2)
        with self.assertRaises(UserError):
            training.action_hold()

    def test_cancel_takes_the_meeting_out(self):
        self.training.action_invite()
        event = self.training.event_id.sudo()
        self.training.action_cancel()
        self.assertFalse(event.active)
        self.training.action_draft()
        self.assertFalse(self.training.event_id)

    def test_seats(self):
        with self.assertRaisesRegex(ValidationError, "2 seats and 3"):
            self.training.seats = 2

    def test_nobody_invited(self):
        empty = self.training.copy({"attendee_ids": False})
        with self.assertRaises(UserError):
            empty.action_invite()

    def test_users_read_only(self):
        user = new_test_user(
            self.env, "training_reader", "vas_service.group_vas_service_user"
        )
        training = self.training.with_user(user)
        self.assertEqual(training.name, "Leading a team")
        with self.assertRaises(AccessError):
            training.action_invite()
        with self.assertRaises(AccessError):
            self.env["vas.training.topic"].with_user(self.officer).create({"name": "x"})
