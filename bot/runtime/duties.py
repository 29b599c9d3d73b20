"""The recurring duties: what the scheduler runs, and how often."""

from datetime import timedelta

from bot.clock import Clock, steady_clock
from bot.delivery.worker import Worker
from bot.inbox.inbox import Inbox
from bot.runtime.database.nightly_backup import NightlyBackup
from bot.runtime.lookout import Lookout
from bot.runtime.oldest_due import OldestDue
from bot.runtime.scheduler import TICK, Duty, Scheduler
from bot.services import Services
from handlers.context import ComebackApplication
from handlers.editors.appeals.news import AppealNewsNotices
from handlers.editors.appeals.report_reminders import ReportReminders
from handlers.editors.broadcasts.progress_cards import ProgressCards
from handlers.editors.decision_cards import DecisionCards
from handlers.editors.draft_cards import DraftCards
from handlers.editors.owner_notices import OwnerMessages
from handlers.readers.silence import SilenceQuestions
from storage.database import Database

_CARDS = timedelta(seconds=3)  # what editors see: drafts, progress, what waits for them
_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_HOURLY = timedelta(hours=1)


def build_scheduler(
    database: Database,
    application: ComebackApplication,
    services: Services,
    inbox: Inbox,
    worker: Worker | None,
    *,
    clock: Clock,
    oldest_due: OldestDue,
    nightly: NightlyBackup | None = None,
) -> Scheduler:
    """Return the scheduler with all duties. Their rhythm follows a clock that never jumps."""
    own_clock = steady_clock(clock)
    lookout = Lookout(database, services, worker, clock)
    cards = ProgressCards(application.bot, services, own_clock)
    drafts = DraftCards(application.bot, services)
    decisions = DecisionCards(application.bot, services)
    news = AppealNewsNotices(application.bot, services)
    questions = SilenceQuestions(application.bot, services)
    reminders = ReportReminders(application.bot, services)
    owners = OwnerMessages(application.bot, services)
    duties = [
        # Before the look, which sees what it noted.
        Duty("note what is overdue", timedelta(seconds=10), services.broadcasts.note_overdue),
        Duty("start what is due", TICK, lookout.look, shared=False),
        Duty("measure what is due", timedelta(seconds=10), oldest_due.measure, shared=False),
        Duty("judge pilot waves", timedelta(seconds=5), services.pilots.judge_due),
        Duty("tell progress", _CARDS, cards.update, slow=True, wanted=lookout.cards),
        Duty("tell editors what waits", _CARDS, cards.notify_waiting, slow=True, wanted=lookout.cards),
        Duty("show decisions", _SECOND, decisions.update, slow=True, wanted=lookout.outcomes),
        Duty("announce drafts", _CARDS, drafts.announce, slow=True, wanted=lookout.drafts),
        Duty("check appeals", _MINUTE, services.rechecks.check_due, slow=True),
        Duty("let appeals lapse", _HOURLY, services.lapses.note_due),
        Duty("tell news of appeals", _CARDS, news.announce, slow=True),
        Duty("tell owners", _MINUTE, owners.tell, slow=True),
        Duty("poll sources", timedelta(seconds=5), services.sources.poll_due, shared=False, slow=True),
        Duty("index stories", _MINUTE, services.search.catch_up, slow=True),
        Duty("count readers", _MINUTE, services.census.count_due, slow=True),
        Duty("note who was seen", timedelta(seconds=10), services.silence.write, shared=False),
        Duty("ask silent readers", _MINUTE, questions.ask, slow=True),
        Duty("remind of reports", _HOURLY, reminders.remind, slow=True),
        Duty("mend what is due", _HOURLY, services.digests.bring_forward),
        Duty("prune receipts", _HOURLY, services.broadcasts.prune, slow=True),
        Duty("forget old updates", _HOURLY, inbox.prune),
        Duty("forget old drafts", _HOURLY, services.preparation.drop_old),
        Duty("forget old prompts", _HOURLY, services.dialogues.forget),
        Duty("forget asked hosts", _HOURLY, services.checks.forget_asked),
        Duty("forget ended sessions", _HOURLY, services.sessions.forget_old),
        Duty("watch test chats", _MINUTE, services.canaries.watch),
        Duty(
            "tell webhooks",
            _SECOND,
            services.hook_delivery.deliver,
            shared=False,
            slow=True,
            wanted=lookout.parcels,
        ),
        Duty("forget old events", _HOURLY, services.hook_delivery.forget_old, slow=True),
        Duty("forget old letters", _HOURLY, services.feedback.forget_letters),
        Duty("forget readers who left", _HOURLY, services.privacy.forget_left, slow=True),
        Duty("forget old audit entries", _HOURLY, services.audit.forget_old, slow=True),
    ]
    if nightly is not None:
        duties.append(Duty("back up", _MINUTE, nightly.run, slow=True))
    return Scheduler(
        database,
        own_clock,
        duties,
        turn_clock=database.shared_clock(own_clock),
        alone=database.is_sqlite,
    )
