"""The options of a connection of a Zalo Official Account in automator.yaml."""

from typing import Annotated

from pydantic import Field, model_validator

from automator.configuration.values import Duration, SecretOne
from automator.model import N_, WrongValue
from automator.plugins import VerifiedOptions
from automator.providers.shared.options import ApiUrl, LookUpNames, SigningSecrets
from automator.providers.zalo.send import QuickReplies
from automator.reasons.problems.configuration.connections import REFRESH_WITHOUT_SECRET

_Digits = Annotated[str, Field(pattern=r"^[0-9]{1,30}$")]


class ZaloOptions(VerifiedOptions):
    """The options of a Zalo connection."""

    app_id: _Digits = Field(description=N_("The app's id, on its page at developers.zalo.me."))
    oa_id: _Digits = Field(
        description=N_("The Official Account's id: events of others are refused.")
    )
    oa_secret: SigningSecrets = Field(
        description=N_("The OA Secret Key of the app's Webhook page; a list while it is rotated.")
    )
    app_secret: SecretOne | None = Field(
        default=None,
        description=N_("The app's secret key: also accepted where Zalo signs with it."),
    )
    access_token: SecretOne | None = Field(
        default=None, description=N_("Needed to answer: the account's access token for this app.")
    )
    refresh_token: SecretOne | None = Field(
        default=None,
        description=N_(
            "Renews the access token, which lives 25 hours, together with app_secret."
            " It is only the first one: the server stores those that follow."
        ),
    )
    quick_replies: QuickReplies = Field(
        default="text",
        description=N_(
            "`text` lists quick replies and buttons below the text; `buttons` sends them as"
            " buttons, whose exact form Zalo does not document for such messages."
        ),
    )
    look_up_names: LookUpNames = True
    api_url: ApiUrl = Field(
        default="https://openapi.zalo.me", description="The API of Official Accounts."
    )
    business_url: ApiUrl = Field(
        default="https://business.openapi.zalo.me",
        description="The API that takes templates for phone numbers.",
    )
    oauth_url: ApiUrl = Field(
        default="https://oauth.zaloapp.com", description="Where tokens are renewed."
    )
    late_after: Duration = Field(
        default=10_800.0,
        ge=60,
        description=N_(
            "An event whose time differs from ours by more than this is accepted, with a remark."
        ),
    )

    @model_validator(mode="after")
    def _can_renew(self) -> "ZaloOptions":
        if self.refresh_token is not None and self.app_secret is None:
            raise WrongValue(REFRESH_WITHOUT_SECRET(), at=("refresh_token",))
        return self
