# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

"""The data models. Each is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .act import Act
    from .actor import Actor
    from .actor_clocks import ActorClocks
    from .actor_list import ActorList
    from .actor_registration import ActorRegistration
    from .adaptive_dial import AdaptiveDial
    from .aggregate_spec import AggregateSpec
    from .aggregate_specs import AggregateSpecs
    from .aggregation import Aggregation
    from .aggregation_group import AggregationGroup
    from .aggregation_key import AggregationKey
    from .aggregation_plan import AggregationPlan
    from .aggregation_values import AggregationValues
    from .answer_shape import AnswerShape
    from .batch_fault import BatchFault
    from .batch_receipt import BatchReceipt
    from .batch_refusal import BatchRefusal
    from .batch_result import BatchResult
    from .bootstrap_request import BootstrapRequest
    from .bootstrap_result import BootstrapResult
    from .bootstrap_token import BootstrapToken
    from .canonical_reference import CanonicalReference
    from .capabilities import Capabilities
    from .capabilities_auth import CapabilitiesAuth
    from .capabilities_daemon import CapabilitiesDaemon
    from .capabilities_record import CapabilitiesRecord
    from .capability_details import CapabilityDetails
    from .capability_flags import CapabilityFlags
    from .capability_limits import CapabilityLimits
    from .command_reply import CommandReply
    from .command_request import CommandRequest
    from .core_action import CoreAction
    from .core_alias import CoreAlias
    from .core_consent_v1 import CoreConsentV1
    from .core_correction import CoreCorrection
    from .core_credential_v1 import CoreCredentialV1
    from .core_erasure import CoreErasure
    from .core_faculty_call_v1 import CoreFacultyCallV1
    from .core_faculty_cancelled_v1 import CoreFacultyCancelledV1
    from .core_faculty_error_v1 import CoreFacultyErrorV1
    from .core_faculty_response_v1 import CoreFacultyResponseV1
    from .core_identity_acceptance_v1 import CoreIdentityAcceptanceV1
    from .core_identity_grant_v1 import CoreIdentityGrantV1
    from .core_identity_revoke_v1 import CoreIdentityRevokeV1
    from .core_intent import CoreIntent
    from .core_invite_event_v1 import CoreInviteEventV1
    from .core_invite_v1 import CoreInviteV1
    from .core_key_rotation import CoreKeyRotation
    from .core_outcome import CoreOutcome
    from .core_query_v1 import CoreQueryV1
    from .core_routing_rule_v1 import CoreRoutingRuleV1
    from .core_scope_claim import CoreScopeClaim
    from .core_scope_transfer import CoreScopeTransfer
    from .core_task_record import CoreTaskRecord
    from .core_task_record_v1 import CoreTaskRecordV1
    from .core_trigger_v1 import CoreTriggerV1
    from .core_work_loop_v1 import CoreWorkLoopV1
    from .core_work_observation_v1 import CoreWorkObservationV1
    from .data_type import DataType
    from .dead_letter import DeadLetter
    from .dead_letters import DeadLetters
    from .decision import Decision
    from .decision_input import DecisionInput
    from .decision_list import DecisionList
    from .decision_request import DecisionRequest
    from .error import Error
    from .federation_manifest import FederationManifest
    from .governance_policy import GovernancePolicy
    from .health import Health
    from .identity_key import IdentityKey
    from .identity_key_source import IdentityKeySource
    from .identity_keys import IdentityKeys
    from .infer_accept_v1 import InferAcceptV1
    from .infer_approval_v1 import InferApprovalV1
    from .infer_call_v1 import InferCallV1
    from .infer_contribution import InferContribution
    from .infer_decline_v1 import InferDeclineV1
    from .infer_decline_v1_reason import InferDeclineV1Reason
    from .infer_error_details import InferErrorDetails
    from .infer_error_v1 import InferErrorV1
    from .infer_error_v1_code import InferErrorV1Code
    from .infer_failure_cause import InferFailureCause
    from .infer_failure_v1 import InferFailureV1
    from .infer_fold import InferFold
    from .infer_fold_function import InferFoldFunction
    from .infer_fold_tie_break import InferFoldTieBreak
    from .infer_input_inline import InferInputInline
    from .infer_input_record import InferInputRecord
    from .infer_input_reference import InferInputReference
    from .infer_metadata import InferMetadata
    from .infer_query_v1 import InferQueryV1
    from .infer_relevance import InferRelevance
    from .infer_relevance_model import InferRelevanceModel
    from .infer_result_v1 import InferResultV1
    from .instance_identity import InstanceIdentity
    from .kv_absent import KvAbsent
    from .kv_deleted import KvDeleted
    from .kv_expiry import KvExpiry
    from .kv_expiry_type import KvExpiryType
    from .kv_get_type import KvGetType
    from .kv_length import KvLength
    from .kv_operations import KvOperations
    from .kv_pair import KvPair
    from .kv_pairs import KvPairs
    from .kv_part import KvPart
    from .kv_part_encoding_type_0 import KvPartEncodingType0
    from .kv_set_request import KvSetRequest
    from .kv_set_request_encoding_type_0 import KvSetRequestEncodingType0
    from .kv_set_result import KvSetResult
    from .kv_stats import KvStats
    from .kv_success import KvSuccess
    from .kv_value import KvValue
    from .kv_value_encoding_type_0 import KvValueEncodingType0
    from .match_level import MatchLevel
    from .minted_token import MintedToken
    from .namespace import Namespace
    from .namespace_change import NamespaceChange
    from .namespace_input import NamespaceInput
    from .namespace_list import NamespaceList
    from .orchestration_audit import OrchestrationAudit
    from .orchestration_escalate import OrchestrationEscalate
    from .orchestration_retry import OrchestrationRetry
    from .orchestration_single_shot import OrchestrationSingleShot
    from .orchestration_stage import OrchestrationStage
    from .orchestration_verify import OrchestrationVerify
    from .orchestration_waterfall import OrchestrationWaterfall
    from .participant import Participant
    from .participant_list import ParticipantList
    from .participant_role import ParticipantRole
    from .projected_message import ProjectedMessage
    from .projection_format import ProjectionFormat
    from .pubsub_info import PubsubInfo
    from .pubsub_message import PubsubMessage
    from .pubsub_publish_request import PubsubPublishRequest
    from .pubsub_published import PubsubPublished
    from .pubsub_stats import PubsubStats
    from .pubsub_subscribe_request import PubsubSubscribeRequest
    from .pubsub_subscribed import PubsubSubscribed
    from .pubsub_topics import PubsubTopics
    from .pubsub_unsubscribe_request import PubsubUnsubscribeRequest
    from .pubsub_unsubscribed import PubsubUnsubscribed
    from .pubsub_welcome import PubsubWelcome
    from .query_filter import QueryFilter
    from .query_plan import QueryPlan
    from .query_request import QueryRequest
    from .query_result import QueryResult
    from .query_row import QueryRow
    from .query_sort import QuerySort
    from .queue_ack_request import QueueAckRequest
    from .queue_consume_encoding import QueueConsumeEncoding
    from .queue_created import QueueCreated
    from .queue_dead_letters_encoding import QueueDeadLettersEncoding
    from .queue_deleted import QueueDeleted
    from .queue_delivery import QueueDelivery
    from .queue_extend_request import QueueExtendRequest
    from .queue_extended import QueueExtended
    from .queue_nack_request import QueueNackRequest
    from .queue_names import QueueNames
    from .queue_publish_request import QueuePublishRequest
    from .queue_publish_request_encoding_type_0 import QueuePublishRequestEncodingType0
    from .queue_published import QueuePublished
    from .queue_purged import QueuePurged
    from .queue_redrive_request import QueueRedriveRequest
    from .queue_redriven import QueueRedriven
    from .queue_resolved import QueueResolved
    from .queue_settings import QueueSettings
    from .queue_stats import QueueStats
    from .readiness import Readiness
    from .record import Record
    from .record_body import RecordBody
    from .record_input import RecordInput
    from .record_list import RecordList
    from .record_receipt import RecordReceipt
    from .record_signature import RecordSignature
    from .responder_config import ResponderConfig
    from .responder_kind import ResponderKind
    from .responder_predicate import ResponderPredicate
    from .responder_predicate_kind import ResponderPredicateKind
    from .revised_fields import RevisedFields
    from .revocation import Revocation
    from .rotated_account_key import RotatedAccountKey
    from .scope_preset import ScopePreset
    from .scope_preset_list import ScopePresetList
    from .search_hit import SearchHit
    from .search_request import SearchRequest
    from .search_result import SearchResult
    from .service_account import ServiceAccount
    from .service_account_input import ServiceAccountInput
    from .side_effects import SideEffects
    from .side_effects_obligation_resolution import SideEffectsObligationResolution
    from .sort_direction import SortDirection
    from .stream_created import StreamCreated
    from .stream_deleted import StreamDeleted
    from .stream_ensured import StreamEnsured
    from .stream_event import StreamEvent
    from .stream_events import StreamEvents
    from .stream_publish_request import StreamPublishRequest
    from .stream_published import StreamPublished
    from .stream_rooms import StreamRooms
    from .stream_settings import StreamSettings
    from .stream_stats import StreamStats
    from .synap_metadata import SynapMetadata
    from .synap_refusal import SynapRefusal
    from .thread_list import ThreadList
    from .thread_projection import ThreadProjection
    from .thread_state import ThreadState
    from .thread_status import ThreadStatus
    from .thread_summary import ThreadSummary
    from .token import Token
    from .token_input import TokenInput
    from .token_list import TokenList
    from .trust_list import TrustList
    from .trust_standing import TrustStanding
    from .trust_summary import TrustSummary
    from .watch_error import WatchError
    from .watch_farewell import WatchFarewell
    from .watch_fault import WatchFault
    from .watch_heartbeat import WatchHeartbeat
    from .watch_heartbeat_data import WatchHeartbeatData
    from .watch_record_created import WatchRecordCreated
    from .watch_server_shutdown import WatchServerShutdown
    from .watched_record import WatchedRecord
    from .well_known import WellKnown

_WHERE = {
    "Act": ".act",
    "Actor": ".actor",
    "ActorClocks": ".actor_clocks",
    "ActorList": ".actor_list",
    "ActorRegistration": ".actor_registration",
    "AdaptiveDial": ".adaptive_dial",
    "AggregateSpec": ".aggregate_spec",
    "AggregateSpecs": ".aggregate_specs",
    "Aggregation": ".aggregation",
    "AggregationGroup": ".aggregation_group",
    "AggregationKey": ".aggregation_key",
    "AggregationPlan": ".aggregation_plan",
    "AggregationValues": ".aggregation_values",
    "AnswerShape": ".answer_shape",
    "BatchFault": ".batch_fault",
    "BatchReceipt": ".batch_receipt",
    "BatchRefusal": ".batch_refusal",
    "BatchResult": ".batch_result",
    "BootstrapRequest": ".bootstrap_request",
    "BootstrapResult": ".bootstrap_result",
    "BootstrapToken": ".bootstrap_token",
    "CanonicalReference": ".canonical_reference",
    "Capabilities": ".capabilities",
    "CapabilitiesAuth": ".capabilities_auth",
    "CapabilitiesDaemon": ".capabilities_daemon",
    "CapabilitiesRecord": ".capabilities_record",
    "CapabilityDetails": ".capability_details",
    "CapabilityFlags": ".capability_flags",
    "CapabilityLimits": ".capability_limits",
    "CommandReply": ".command_reply",
    "CommandRequest": ".command_request",
    "CoreAction": ".core_action",
    "CoreAlias": ".core_alias",
    "CoreConsentV1": ".core_consent_v1",
    "CoreCorrection": ".core_correction",
    "CoreCredentialV1": ".core_credential_v1",
    "CoreErasure": ".core_erasure",
    "CoreFacultyCallV1": ".core_faculty_call_v1",
    "CoreFacultyCancelledV1": ".core_faculty_cancelled_v1",
    "CoreFacultyErrorV1": ".core_faculty_error_v1",
    "CoreFacultyResponseV1": ".core_faculty_response_v1",
    "CoreIdentityAcceptanceV1": ".core_identity_acceptance_v1",
    "CoreIdentityGrantV1": ".core_identity_grant_v1",
    "CoreIdentityRevokeV1": ".core_identity_revoke_v1",
    "CoreIntent": ".core_intent",
    "CoreInviteEventV1": ".core_invite_event_v1",
    "CoreInviteV1": ".core_invite_v1",
    "CoreKeyRotation": ".core_key_rotation",
    "CoreOutcome": ".core_outcome",
    "CoreQueryV1": ".core_query_v1",
    "CoreRoutingRuleV1": ".core_routing_rule_v1",
    "CoreScopeClaim": ".core_scope_claim",
    "CoreScopeTransfer": ".core_scope_transfer",
    "CoreTaskRecord": ".core_task_record",
    "CoreTaskRecordV1": ".core_task_record_v1",
    "CoreTriggerV1": ".core_trigger_v1",
    "CoreWorkLoopV1": ".core_work_loop_v1",
    "CoreWorkObservationV1": ".core_work_observation_v1",
    "DataType": ".data_type",
    "DeadLetter": ".dead_letter",
    "DeadLetters": ".dead_letters",
    "Decision": ".decision",
    "DecisionInput": ".decision_input",
    "DecisionList": ".decision_list",
    "DecisionRequest": ".decision_request",
    "Error": ".error",
    "FederationManifest": ".federation_manifest",
    "GovernancePolicy": ".governance_policy",
    "Health": ".health",
    "IdentityKey": ".identity_key",
    "IdentityKeySource": ".identity_key_source",
    "IdentityKeys": ".identity_keys",
    "InferAcceptV1": ".infer_accept_v1",
    "InferApprovalV1": ".infer_approval_v1",
    "InferCallV1": ".infer_call_v1",
    "InferContribution": ".infer_contribution",
    "InferDeclineV1": ".infer_decline_v1",
    "InferDeclineV1Reason": ".infer_decline_v1_reason",
    "InferErrorDetails": ".infer_error_details",
    "InferErrorV1": ".infer_error_v1",
    "InferErrorV1Code": ".infer_error_v1_code",
    "InferFailureCause": ".infer_failure_cause",
    "InferFailureV1": ".infer_failure_v1",
    "InferFold": ".infer_fold",
    "InferFoldFunction": ".infer_fold_function",
    "InferFoldTieBreak": ".infer_fold_tie_break",
    "InferInputInline": ".infer_input_inline",
    "InferInputRecord": ".infer_input_record",
    "InferInputReference": ".infer_input_reference",
    "InferMetadata": ".infer_metadata",
    "InferQueryV1": ".infer_query_v1",
    "InferRelevance": ".infer_relevance",
    "InferRelevanceModel": ".infer_relevance_model",
    "InferResultV1": ".infer_result_v1",
    "InstanceIdentity": ".instance_identity",
    "KvAbsent": ".kv_absent",
    "KvDeleted": ".kv_deleted",
    "KvExpiry": ".kv_expiry",
    "KvExpiryType": ".kv_expiry_type",
    "KvGetType": ".kv_get_type",
    "KvLength": ".kv_length",
    "KvOperations": ".kv_operations",
    "KvPair": ".kv_pair",
    "KvPairs": ".kv_pairs",
    "KvPart": ".kv_part",
    "KvPartEncodingType0": ".kv_part_encoding_type_0",
    "KvSetRequest": ".kv_set_request",
    "KvSetRequestEncodingType0": ".kv_set_request_encoding_type_0",
    "KvSetResult": ".kv_set_result",
    "KvStats": ".kv_stats",
    "KvSuccess": ".kv_success",
    "KvValue": ".kv_value",
    "KvValueEncodingType0": ".kv_value_encoding_type_0",
    "MatchLevel": ".match_level",
    "MintedToken": ".minted_token",
    "Namespace": ".namespace",
    "NamespaceChange": ".namespace_change",
    "NamespaceInput": ".namespace_input",
    "NamespaceList": ".namespace_list",
    "OrchestrationAudit": ".orchestration_audit",
    "OrchestrationEscalate": ".orchestration_escalate",
    "OrchestrationRetry": ".orchestration_retry",
    "OrchestrationSingleShot": ".orchestration_single_shot",
    "OrchestrationStage": ".orchestration_stage",
    "OrchestrationVerify": ".orchestration_verify",
    "OrchestrationWaterfall": ".orchestration_waterfall",
    "Participant": ".participant",
    "ParticipantList": ".participant_list",
    "ParticipantRole": ".participant_role",
    "ProjectedMessage": ".projected_message",
    "ProjectionFormat": ".projection_format",
    "PubsubInfo": ".pubsub_info",
    "PubsubMessage": ".pubsub_message",
    "PubsubPublishRequest": ".pubsub_publish_request",
    "PubsubPublished": ".pubsub_published",
    "PubsubStats": ".pubsub_stats",
    "PubsubSubscribeRequest": ".pubsub_subscribe_request",
    "PubsubSubscribed": ".pubsub_subscribed",
    "PubsubTopics": ".pubsub_topics",
    "PubsubUnsubscribeRequest": ".pubsub_unsubscribe_request",
    "PubsubUnsubscribed": ".pubsub_unsubscribed",
    "PubsubWelcome": ".pubsub_welcome",
    "QueryFilter": ".query_filter",
    "QueryPlan": ".query_plan",
    "QueryRequest": ".query_request",
    "QueryResult": ".query_result",
    "QueryRow": ".query_row",
    "QuerySort": ".query_sort",
    "QueueAckRequest": ".queue_ack_request",
    "QueueConsumeEncoding": ".queue_consume_encoding",
    "QueueCreated": ".queue_created",
    "QueueDeadLettersEncoding": ".queue_dead_letters_encoding",
    "QueueDeleted": ".queue_deleted",
    "QueueDelivery": ".queue_delivery",
    "QueueExtendRequest": ".queue_extend_request",
    "QueueExtended": ".queue_extended",
    "QueueNackRequest": ".queue_nack_request",
    "QueueNames": ".queue_names",
    "QueuePublishRequest": ".queue_publish_request",
    "QueuePublishRequestEncodingType0": ".queue_publish_request_encoding_type_0",
    "QueuePublished": ".queue_published",
    "QueuePurged": ".queue_purged",
    "QueueRedriveRequest": ".queue_redrive_request",
    "QueueRedriven": ".queue_redriven",
    "QueueResolved": ".queue_resolved",
    "QueueSettings": ".queue_settings",
    "QueueStats": ".queue_stats",
    "Readiness": ".readiness",
    "Record": ".record",
    "RecordBody": ".record_body",
    "RecordInput": ".record_input",
    "RecordList": ".record_list",
    "RecordReceipt": ".record_receipt",
    "RecordSignature": ".record_signature",
    "ResponderConfig": ".responder_config",
    "ResponderKind": ".responder_kind",
    "ResponderPredicate": ".responder_predicate",
    "ResponderPredicateKind": ".responder_predicate_kind",
    "RevisedFields": ".revised_fields",
    "Revocation": ".revocation",
    "RotatedAccountKey": ".rotated_account_key",
    "ScopePreset": ".scope_preset",
    "ScopePresetList": ".scope_preset_list",
    "SearchHit": ".search_hit",
    "SearchRequest": ".search_request",
    "SearchResult": ".search_result",
    "ServiceAccount": ".service_account",
    "ServiceAccountInput": ".service_account_input",
    "SideEffects": ".side_effects",
    "SideEffectsObligationResolution": ".side_effects_obligation_resolution",
    "SortDirection": ".sort_direction",
    "StreamCreated": ".stream_created",
    "StreamDeleted": ".stream_deleted",
    "StreamEnsured": ".stream_ensured",
    "StreamEvent": ".stream_event",
    "StreamEvents": ".stream_events",
    "StreamPublishRequest": ".stream_publish_request",
    "StreamPublished": ".stream_published",
    "StreamRooms": ".stream_rooms",
    "StreamSettings": ".stream_settings",
    "StreamStats": ".stream_stats",
    "SynapMetadata": ".synap_metadata",
    "SynapRefusal": ".synap_refusal",
    "ThreadList": ".thread_list",
    "ThreadProjection": ".thread_projection",
    "ThreadState": ".thread_state",
    "ThreadStatus": ".thread_status",
    "ThreadSummary": ".thread_summary",
    "Token": ".token",
    "TokenInput": ".token_input",
    "TokenList": ".token_list",
    "TrustList": ".trust_list",
    "TrustStanding": ".trust_standing",
    "TrustSummary": ".trust_summary",
    "WatchError": ".watch_error",
    "WatchFarewell": ".watch_farewell",
    "WatchFault": ".watch_fault",
    "WatchHeartbeat": ".watch_heartbeat",
    "WatchHeartbeatData": ".watch_heartbeat_data",
    "WatchRecordCreated": ".watch_record_created",
    "WatchServerShutdown": ".watch_server_shutdown",
    "WatchedRecord": ".watched_record",
    "WellKnown": ".well_known",
}

__all__ = (
    "Act",
    "Actor",
    "ActorClocks",
    "ActorList",
    "ActorRegistration",
    "AdaptiveDial",
    "AggregateSpec",
    "AggregateSpecs",
    "Aggregation",
    "AggregationGroup",
    "AggregationKey",
    "AggregationPlan",
    "AggregationValues",
    "AnswerShape",
    "BatchFault",
    "BatchReceipt",
    "BatchRefusal",
    "BatchResult",
    "BootstrapRequest",
    "BootstrapResult",
    "BootstrapToken",
    "CanonicalReference",
    "Capabilities",
    "CapabilitiesAuth",
    "CapabilitiesDaemon",
    "CapabilitiesRecord",
    "CapabilityDetails",
    "CapabilityFlags",
    "CapabilityLimits",
    "CommandReply",
    "CommandRequest",
    "CoreAction",
    "CoreAlias",
    "CoreConsentV1",
    "CoreCorrection",
    "CoreCredentialV1",
    "CoreErasure",
    "CoreFacultyCallV1",
    "CoreFacultyCancelledV1",
    "CoreFacultyErrorV1",
    "CoreFacultyResponseV1",
    "CoreIdentityAcceptanceV1",
    "CoreIdentityGrantV1",
    "CoreIdentityRevokeV1",
    "CoreIntent",
    "CoreInviteEventV1",
    "CoreInviteV1",
    "CoreKeyRotation",
    "CoreOutcome",
    "CoreQueryV1",
    "CoreRoutingRuleV1",
    "CoreScopeClaim",
    "CoreScopeTransfer",
    "CoreTaskRecord",
    "CoreTaskRecordV1",
    "CoreTriggerV1",
    "CoreWorkLoopV1",
    "CoreWorkObservationV1",
    "DataType",
    "DeadLetter",
    "DeadLetters",
    "Decision",
    "DecisionInput",
    "DecisionList",
    "DecisionRequest",
    "Error",
    "FederationManifest",
    "GovernancePolicy",
    "Health",
    "IdentityKey",
    "IdentityKeys",
    "IdentityKeySource",
    "InferAcceptV1",
    "InferApprovalV1",
    "InferCallV1",
    "InferContribution",
    "InferDeclineV1",
    "InferDeclineV1Reason",
    "InferErrorDetails",
    "InferErrorV1",
    "InferErrorV1Code",
    "InferFailureCause",
    "InferFailureV1",
    "InferFold",
    "InferFoldFunction",
    "InferFoldTieBreak",
    "InferInputInline",
    "InferInputRecord",
    "InferInputReference",
    "InferMetadata",
    "InferQueryV1",
    "InferRelevance",
    "InferRelevanceModel",
    "InferResultV1",
    "InstanceIdentity",
    "KvAbsent",
    "KvDeleted",
    "KvExpiry",
    "KvExpiryType",
    "KvGetType",
    "KvLength",
    "KvOperations",
    "KvPair",
    "KvPairs",
    "KvPart",
    "KvPartEncodingType0",
    "KvSetRequest",
    "KvSetRequestEncodingType0",
    "KvSetResult",
    "KvStats",
    "KvSuccess",
    "KvValue",
    "KvValueEncodingType0",
    "MatchLevel",
    "MintedToken",
    "Namespace",
    "NamespaceChange",
    "NamespaceInput",
    "NamespaceList",
    "OrchestrationAudit",
    "OrchestrationEscalate",
    "OrchestrationRetry",
    "OrchestrationSingleShot",
    "OrchestrationStage",
    "OrchestrationVerify",
    "OrchestrationWaterfall",
    "Participant",
    "ParticipantList",
    "ParticipantRole",
    "ProjectedMessage",
    "ProjectionFormat",
    "PubsubInfo",
    "PubsubMessage",
    "PubsubPublished",
    "PubsubPublishRequest",
    "PubsubStats",
    "PubsubSubscribed",
    "PubsubSubscribeRequest",
    "PubsubTopics",
    "PubsubUnsubscribed",
    "PubsubUnsubscribeRequest",
    "PubsubWelcome",
    "QueryFilter",
    "QueryPlan",
    "QueryRequest",
    "QueryResult",
    "QueryRow",
    "QuerySort",
    "QueueAckRequest",
    "QueueConsumeEncoding",
    "QueueCreated",
    "QueueDeadLettersEncoding",
    "QueueDeleted",
    "QueueDelivery",
    "QueueExtended",
    "QueueExtendRequest",
    "QueueNackRequest",
    "QueueNames",
    "QueuePublished",
    "QueuePublishRequest",
    "QueuePublishRequestEncodingType0",
    "QueuePurged",
    "QueueRedriven",
    "QueueRedriveRequest",
    "QueueResolved",
    "QueueSettings",
    "QueueStats",
    "Readiness",
    "Record",
    "RecordBody",
    "RecordInput",
    "RecordList",
    "RecordReceipt",
    "RecordSignature",
    "ResponderConfig",
    "ResponderKind",
    "ResponderPredicate",
    "ResponderPredicateKind",
    "RevisedFields",
    "Revocation",
    "RotatedAccountKey",
    "ScopePreset",
    "ScopePresetList",
    "SearchHit",
    "SearchRequest",
    "SearchResult",
    "ServiceAccount",
    "ServiceAccountInput",
    "SideEffects",
    "SideEffectsObligationResolution",
    "SortDirection",
    "StreamCreated",
    "StreamDeleted",
    "StreamEnsured",
    "StreamEvent",
    "StreamEvents",
    "StreamPublished",
    "StreamPublishRequest",
    "StreamRooms",
    "StreamSettings",
    "StreamStats",
    "SynapMetadata",
    "SynapRefusal",
    "ThreadList",
    "ThreadProjection",
    "ThreadState",
    "ThreadStatus",
    "ThreadSummary",
    "Token",
    "TokenInput",
    "TokenList",
    "TrustList",
    "TrustStanding",
    "TrustSummary",
    "WatchedRecord",
    "WatchError",
    "WatchFarewell",
    "WatchFault",
    "WatchHeartbeat",
    "WatchHeartbeatData",
    "WatchRecordCreated",
    "WatchServerShutdown",
    "WellKnown",
)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        where = _WHERE.get(name)
        if where is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(where, __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_WHERE})
