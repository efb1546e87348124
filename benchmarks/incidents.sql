-- Incidents 1 to {count}, all of about the same size: severity, type, creator, three role assignments, five custom
-- field entries (six values), four timestamps, an update, an event and its key. Two in a hundred are tests, two in a
-- hundred are private, one in twenty is in triage. Ids are ULIDs made of digits, so they rise with the number.
SET session_replication_role = replica;  -- what is written here refers to what exists; checking it takes minutes

CREATE TEMPORARY TABLE words AS SELECT
    (SELECT array_agg(id ORDER BY rank) FROM catalog_severity) AS severities,
    (SELECT array_agg(id ORDER BY rank) FROM catalog_incidentstatus WHERE category IN ('live', 'learning', 'closed')) AS statuses,
    (SELECT id FROM catalog_incidentstatus WHERE category = 'triage') AS triage,
    (SELECT id FROM catalog_incidenttype WHERE is_default) AS kind,
    (SELECT array_agg(id ORDER BY id) FROM catalog_incidentrole) AS roles,
    (SELECT array_agg(id ORDER BY rank) FROM catalog_incidenttimestamp) AS timestamps,
    (SELECT array_agg(id ORDER BY id) FROM accounts_user WHERE email LIKE 'person%') AS people,
    (SELECT id FROM apikeys_apikey WHERE name = 'Benchmark') AS key,
    (SELECT id FROM catalog_customfield WHERE name = 'Runbook') AS link,
    (SELECT id FROM catalog_customfield WHERE name = 'Customer') AS text;

CREATE TEMPORARY TABLE options AS
SELECT custom_field_id AS field, array_agg(o.id ORDER BY sort_key, value) AS ids, field_type
FROM catalog_customfieldoption o JOIN catalog_customfield f ON f.id = custom_field_id GROUP BY field, field_type;

CREATE TEMPORARY TABLE made AS
SELECT n, '01' || lpad(n::text, 24, '0') AS id, now() - ({count} - n) * interval '7 minutes' AS moment
FROM generate_series(1, {count}) AS n;

INSERT INTO incidents_incident (
    id, number, name, summary, visibility, mode, incident_status_id, severity_id, incident_type_id, call_url,
    postmortem_document_url, slack_team_id, slack_channel_id, slack_channel_name, source_message_channel_id,
    source_message_timestamp, creator_kind, creator_id, creator_label, version, created_at, updated_at, last_activity_at
)
SELECT id, n, 'Checkout answers slowly in region ' || n % 40, 'Ticket ' || n || ': ' || repeat('customers see errors when they pay. ', 6),
    CASE WHEN n % 50 = 7 THEN 'private' ELSE 'public' END, CASE WHEN n % 50 = 9 THEN 'test' ELSE 'standard' END,
    CASE WHEN n % 20 = 3 THEN triage ELSE statuses[1 + n % array_length(statuses, 1)] END,
    severities[1 + n % array_length(severities, 1)], kind, 'https://meet.example.com/incident-' || n, '', '', '', '', '', '',
    CASE WHEN n % 2 = 0 THEN 'user' ELSE 'api_key' END, CASE WHEN n % 2 = 0 THEN people[1 + n / 2 % 20] ELSE key END,
    'Benchmark', 1, moment, moment, moment
FROM made, words;

INSERT INTO incidents_declaration (idempotency_key, incident_id) SELECT 'seed-' || n, id FROM made;

INSERT INTO incidents_roleassignment (id, incident_id, incident_role_id, assignee_id)
SELECT '02' || lpad((n * 3 + place)::text, 24, '0'), id, roles[place], people[1 + (n * 7 + place * 3) % 20]
FROM made, words, generate_series(1, 3) AS place;

INSERT INTO incidents_customfieldvalue (id, incident_id, custom_field_id, value_option_id)
SELECT '03' || lpad((n * 10 + row_number() OVER (PARTITION BY n))::text, 24, '0'), made.id, field, ids[1 + (n + place) % array_length(ids, 1)]
FROM made, options, generate_series(1, CASE field_type WHEN 'multi_select' THEN 2 ELSE 1 END) AS place;

INSERT INTO incidents_customfieldvalue (id, incident_id, custom_field_id, value_link)
SELECT '04' || lpad(n::text, 24, '0'), id, link, 'https://runbooks.example.com/payments/' || n FROM made, words;

INSERT INTO incidents_customfieldvalue (id, incident_id, custom_field_id, value_text)
SELECT '05' || lpad(n::text, 24, '0'), id, text, 'Customer number ' || n FROM made, words;

INSERT INTO incidents_timestampvalue (id, incident_id, incident_timestamp_id, value)
SELECT '06' || lpad((n * 4 + place)::text, 24, '0'), id, timestamps[place * 2 - 1], moment + place * interval '11 minutes'
FROM made, words, generate_series(1, 4) AS place;

INSERT INTO incidents_incidentupdate (
    id, incident_id, new_incident_status_id, new_severity_id, message, updater_kind, updater_id, updater_label, created_at
)
SELECT '07' || lpad(n::text, 24, '0'), id, triage, severities[1 + n % array_length(severities, 1)], '', 'api_key', key, 'Benchmark', moment
FROM made, words;

INSERT INTO events_event (
    id, position, type, subject_type, subject_id, number, incident_id, actor_kind, actor_id, actor_label, changes, schema_version, created_at
)
SELECT '08' || lpad(n::text, 24, '0'), n, 'incident.created', 'incident', id, 1, id, 'api_key', key, 'Benchmark',
    jsonb_build_object('id', jsonb_build_array(NULL, id), 'number', jsonb_build_array(NULL, n), 'summary', jsonb_build_array(NULL, repeat('customers see errors when they pay. ', 20))), 1, moment
FROM made, words;

INSERT INTO incidents_incidenttally (mode, visibility, count)
SELECT mode, visibility, count(*) FROM incidents_incident GROUP BY mode, visibility;

UPDATE events_position SET last = {count};
SELECT setval('incidents_number', {count});
