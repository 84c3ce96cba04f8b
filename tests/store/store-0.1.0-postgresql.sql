-- A store of Pantau 0.1.0 on PostgreSQL: one week with a page, a label and an edition.
CREATE FUNCTION pantau_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' rows are only ever appended'; END $$;
CREATE FUNCTION pantau_screen_drawn() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN IF TG_OP = 'INSERT' THEN IF EXISTS (SELECT 1 FROM draw WHERE draw.week = NEW.week) THEN RAISE EXCEPTION 'the audit of this week is drawn, its screen stands'; END IF; RETURN NEW; END IF; IF EXISTS (SELECT 1 FROM draw WHERE draw.week = OLD.week) THEN RAISE EXCEPTION 'the audit of this week is drawn, its screen stands'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$;
CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE annotator (
    name text NOT NULL,
    token_sha256 character varying(64) NOT NULL,
    invited_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_annotator_name_not_empty CHECK ((length(name) > 0)),
    CONSTRAINT ck_annotator_token_sha256_length CHECK ((length((token_sha256)::text) = 64))
);
CREATE TABLE cell (
    edition_id bigint NOT NULL,
    platform text NOT NULL,
    cluster character varying(24) NOT NULL,
    policy text NOT NULL,
    is_primary boolean NOT NULL,
    planned integer NOT NULL,
    sampled integer NOT NULL,
    places integer NOT NULL,
    flagged integer NOT NULL,
    suspected integer NOT NULL,
    audited integer NOT NULL,
    confirmed integer NOT NULL,
    coverage double precision,
    estimate double precision,
    low double precision,
    high double precision,
    tolerance double precision NOT NULL,
    verdict character varying(24) NOT NULL,
    CONSTRAINT ck_cell_cluster CHECK (((cluster)::text = ANY ((ARRAY['textile_fashion'::character varying, 'food_beverage'::character varying, 'crafts'::character varying, 'other'::character varying, 'unknown'::character varying])::text[]))),
    CONSTRAINT ck_cell_coverage_range CHECK (((coverage >= (0)::double precision) AND (coverage <= (1)::double precision))),
    CONSTRAINT ck_cell_estimate_range CHECK (((estimate >= (0)::double precision) AND (estimate <= (1)::double precision))),
    CONSTRAINT ck_cell_high_range CHECK (((high >= (0)::double precision) AND (high <= (1)::double precision))),
    CONSTRAINT ck_cell_interval_order CHECK ((low <= high)),
    CONSTRAINT ck_cell_low_range CHECK (((low >= (0)::double precision) AND (low <= (1)::double precision))),
    CONSTRAINT ck_cell_sampled_of_planned CHECK ((sampled <= planned)),
    CONSTRAINT ck_cell_tolerance_range CHECK (((tolerance >= (0)::double precision) AND (tolerance <= (1)::double precision))),
    CONSTRAINT ck_cell_verdict CHECK (((verdict)::text = ANY ((ARRAY['non_compliant'::character varying, 'breaches_found'::character varying, 'compliant'::character varying, 'none_found'::character varying, 'screened'::character varying, 'not_measurable'::character varying, 'unconfirmed_policy'::character varying])::text[])))
);
CREATE TABLE classification (
    id bigint NOT NULL,
    listing_version_id bigint NOT NULL,
    classifier text NOT NULL,
    cluster character varying(24) NOT NULL,
    cluster_score double precision NOT NULL,
    category text,
    cross_border character varying(24) NOT NULL,
    cross_border_score double precision NOT NULL,
    imported_goods boolean,
    signals jsonb NOT NULL,
    CONSTRAINT ck_classification_cluster CHECK (((cluster)::text = ANY ((ARRAY['textile_fashion'::character varying, 'food_beverage'::character varying, 'crafts'::character varying, 'other'::character varying, 'unknown'::character varying])::text[]))),
    CONSTRAINT ck_classification_cluster_score_range CHECK (((cluster_score >= (0)::double precision) AND (cluster_score <= (1)::double precision))),
    CONSTRAINT ck_classification_cross_border_score_range CHECK (((cross_border_score >= (0)::double precision) AND (cross_border_score <= (1)::double precision))),
    CONSTRAINT ck_classification_crossborder CHECK (((cross_border)::text = ANY ((ARRAY['cross_border'::character varying, 'suspected'::character varying, 'domestic'::character varying, 'unknown'::character varying])::text[])))
);
CREATE SEQUENCE classification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE classification_id_seq OWNED BY classification.id;
CREATE TABLE data_dictionary (
    name text NOT NULL,
    field text NOT NULL,
    kind text NOT NULL,
    meaning text NOT NULL
);
CREATE TABLE detail_visit (
    response_id bigint NOT NULL,
    listing_id bigint NOT NULL,
    week character varying(8) NOT NULL,
    listing_version_id bigint,
    rank integer,
    sponsored boolean,
    sold bigint,
    rating double precision,
    screenshot text,
    screenshot_sha256 character varying(64),
    CONSTRAINT ck_detail_visit_screenshot_sha256_length CHECK ((length((screenshot_sha256)::text) = 64)),
    CONSTRAINT ck_detail_visit_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE TABLE draw (
    week character varying(8) NOT NULL,
    seed bigint NOT NULL,
    budget integer NOT NULL,
    drawn_at timestamp with time zone NOT NULL,
    sha256 character varying(64) NOT NULL,
    CONSTRAINT ck_draw_budget_range CHECK ((budget >= 0)),
    CONSTRAINT ck_draw_sha256_length CHECK ((length((sha256)::text) = 64)),
    CONSTRAINT ck_draw_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE TABLE draw_item (
    week character varying(8) NOT NULL,
    "position" integer NOT NULL,
    observation_id bigint NOT NULL,
    listing_version_id bigint NOT NULL,
    cluster character varying(24) NOT NULL,
    stratum character varying(24) NOT NULL,
    probability double precision NOT NULL,
    CONSTRAINT ck_draw_item_cluster CHECK (((cluster)::text = ANY ((ARRAY['textile_fashion'::character varying, 'food_beverage'::character varying, 'crafts'::character varying, 'other'::character varying, 'unknown'::character varying])::text[]))),
    CONSTRAINT ck_draw_item_probability_range CHECK (((probability > (0)::double precision) AND (probability <= (1)::double precision))),
    CONSTRAINT ck_draw_item_screenstratum CHECK (((stratum)::text = ANY ((ARRAY['flagged'::character varying, 'unknown'::character varying, 'domestic'::character varying])::text[])))
);
CREATE TABLE edition (
    id bigint NOT NULL,
    week character varying(8) NOT NULL,
    kind character varying(24) NOT NULL,
    as_of timestamp with time zone NOT NULL,
    origin character varying(24) NOT NULL,
    sha256 character varying(64) NOT NULL,
    findings text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_edition_editionkind CHECK (((kind)::text = ANY ((ARRAY['provisional'::character varying, 'final'::character varying, 'corrected'::character varying])::text[]))),
    CONSTRAINT ck_edition_origin CHECK (((origin)::text = ANY ((ARRAY['live'::character varying, 'saved'::character varying, 'simulated'::character varying])::text[]))),
    CONSTRAINT ck_edition_sha256_length CHECK ((length((sha256)::text) = 64)),
    CONSTRAINT ck_edition_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE SEQUENCE edition_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE edition_id_seq OWNED BY edition.id;
CREATE TABLE entry (
    id bigint NOT NULL,
    frame_version text NOT NULL,
    platform text NOT NULL,
    entry text NOT NULL,
    cluster character varying(24) NOT NULL,
    stratum character varying(24) NOT NULL,
    kind character varying(24) NOT NULL,
    query text NOT NULL,
    weight double precision NOT NULL,
    core boolean,
    pages integer,
    CONSTRAINT ck_entry_cluster CHECK (((cluster)::text = ANY ((ARRAY['textile_fashion'::character varying, 'food_beverage'::character varying, 'crafts'::character varying, 'other'::character varying, 'unknown'::character varying])::text[]))),
    CONSTRAINT ck_entry_entrykind CHECK (((kind)::text = ANY ((ARRAY['keyword'::character varying, 'category'::character varying, 'feed'::character varying])::text[]))),
    CONSTRAINT ck_entry_pages_positive CHECK ((pages > 0)),
    CONSTRAINT ck_entry_stratum CHECK (((stratum)::text = ANY ((ARRAY['head'::character varying, 'tail'::character varying, 'synonym'::character varying])::text[]))),
    CONSTRAINT ck_entry_weight_positive CHECK ((weight > (0)::double precision))
);
CREATE SEQUENCE entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE entry_id_seq OWNED BY entry.id;
CREATE VIEW estimates AS
 SELECT n.week,
    k.platform,
    k.cluster,
    k.policy,
    k.is_primary,
    n.kind AS edition,
    n.as_of,
    k.planned,
    k.sampled,
    k.places,
    k.flagged,
    k.suspected,
    k.audited,
    k.confirmed,
    k.coverage,
    k.estimate,
    k.low,
    k.high,
    k.tolerance,
    k.verdict
   FROM (cell k
     JOIN edition n ON ((n.id = k.edition_id)))
  WHERE (NOT (EXISTS ( SELECT 1
           FROM edition later
          WHERE (((later.week)::text = (n.week)::text) AND ((later.as_of > n.as_of) OR ((later.as_of = n.as_of) AND (later.id > n.id)))))));
CREATE TABLE frame_version (
    version text NOT NULL,
    saved_at timestamp with time zone NOT NULL
);
CREATE TABLE label (
    id bigint NOT NULL,
    listing_version_id bigint NOT NULL,
    week character varying(8) NOT NULL,
    annotator text NOT NULL,
    kind character varying(24) NOT NULL,
    at timestamp with time zone NOT NULL,
    cross_border character varying(24) NOT NULL,
    cluster character varying(24),
    category text,
    note text,
    CONSTRAINT ck_label_answer CHECK (((cross_border)::text = ANY ((ARRAY['yes'::character varying, 'no'::character varying, 'cannot_tell'::character varying])::text[]))),
    CONSTRAINT ck_label_cluster CHECK (((cluster)::text = ANY ((ARRAY['textile_fashion'::character varying, 'food_beverage'::character varying, 'crafts'::character varying, 'other'::character varying, 'unknown'::character varying])::text[]))),
    CONSTRAINT ck_label_labelkind CHECK (((kind)::text = ANY ((ARRAY['first'::character varying, 'second'::character varying, 'adjudication'::character varying])::text[]))),
    CONSTRAINT ck_label_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE SEQUENCE label_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE label_id_seq OWNED BY label.id;
CREATE TABLE listing (
    id bigint NOT NULL,
    platform text NOT NULL,
    item text NOT NULL,
    CONSTRAINT ck_listing_item_not_empty CHECK ((length(item) > 0))
);
CREATE TABLE listing_version (
    id bigint NOT NULL,
    listing_id bigint NOT NULL,
    version character varying(64) NOT NULL,
    title text NOT NULL,
    url text,
    image_url text,
    price_minor bigint,
    minor_per_unit bigint,
    currency character varying(3),
    seller_id bigint,
    seller_name text,
    official_store boolean,
    ship_from text,
    ship_from_country character varying(2),
    cross_border_flag boolean,
    imported_flag boolean,
    category text,
    category_path text,
    brand text,
    CONSTRAINT ck_listing_version_country_upper CHECK (((ship_from_country)::text = upper((ship_from_country)::text))),
    CONSTRAINT ck_listing_version_currency_length CHECK ((length((currency)::text) = 3)),
    CONSTRAINT ck_listing_version_currency_upper CHECK (((currency)::text = upper((currency)::text))),
    CONSTRAINT ck_listing_version_minor_per_unit_range CHECK ((minor_per_unit >= 1)),
    CONSTRAINT ck_listing_version_price_range CHECK ((price_minor >= 0)),
    CONSTRAINT ck_listing_version_price_whole CHECK (((price_minor IS NULL) = (minor_per_unit IS NULL))),
    CONSTRAINT ck_listing_version_ship_from_country_length CHECK ((length((ship_from_country)::text) = 2)),
    CONSTRAINT ck_listing_version_title_not_empty CHECK ((length(title) > 0)),
    CONSTRAINT ck_listing_version_version_length CHECK ((length((version)::text) = 64))
);
CREATE VIEW labels AS
 SELECT j.week,
    l.platform,
    l.item AS item_id,
    v.title,
    v.version,
    j.annotator,
    j.kind,
    j.at AS judged_at,
    j.cross_border AS foreign_seller,
    j.cluster,
    j.category,
    j.note
   FROM ((label j
     JOIN listing_version v ON ((v.id = j.listing_version_id)))
     JOIN listing l ON ((l.id = v.listing_id)));
CREATE SEQUENCE listing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE listing_id_seq OWNED BY listing.id;
CREATE SEQUENCE listing_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE listing_version_id_seq OWNED BY listing_version.id;
CREATE TABLE observation (
    id bigint NOT NULL,
    response_id bigint NOT NULL,
    unit_id text,
    listing_version_id bigint NOT NULL,
    parser text NOT NULL,
    place integer NOT NULL,
    rank integer,
    sponsored boolean,
    sold bigint,
    rating double precision,
    week character varying(8),
    observed_at timestamp with time zone,
    CONSTRAINT ck_observation_place_from_1 CHECK ((place >= 1)),
    CONSTRAINT ck_observation_sold_range CHECK ((sold >= 0)),
    CONSTRAINT ck_observation_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE TABLE response (
    id bigint NOT NULL,
    run_id bigint NOT NULL,
    platform text NOT NULL,
    kind text NOT NULL,
    unit_id text,
    week character varying(8),
    origin character varying(24) NOT NULL,
    state character varying(24) NOT NULL,
    reason text,
    url text NOT NULL,
    received_url text,
    observed_at timestamp with time zone,
    status integer,
    content_type text,
    size bigint,
    sha256 character varying(64),
    sha256_kept character varying(64),
    evidence text,
    total_results bigint,
    parser text NOT NULL,
    robots_allowed boolean,
    robots_url text,
    robots_rule text,
    robots_fetched_at timestamp with time zone,
    robots_permission text,
    foreign_results bigint,
    CONSTRAINT ck_response_foreign_results_range CHECK ((foreign_results >= 0)),
    CONSTRAINT ck_response_kind_known CHECK ((kind = ANY (ARRAY['page'::text, 'detail'::text]))),
    CONSTRAINT ck_response_origin CHECK (((origin)::text = ANY ((ARRAY['live'::character varying, 'saved'::character varying, 'simulated'::character varying])::text[]))),
    CONSTRAINT ck_response_sha256_kept_length CHECK ((length((sha256_kept)::text) = 64)),
    CONSTRAINT ck_response_sha256_length CHECK ((length((sha256)::text) = 64)),
    CONSTRAINT ck_response_size_range CHECK ((size >= 0)),
    CONSTRAINT ck_response_state_final CHECK (((state)::text <> 'planned'::text)),
    CONSTRAINT ck_response_status_range CHECK (((status >= 100) AND (status <= 999))),
    CONSTRAINT ck_response_total_results_range CHECK ((total_results >= 0)),
    CONSTRAINT ck_response_unitstate CHECK (((state)::text = ANY ((ARRAY['planned'::character varying, 'sampled'::character varying, 'empty'::character varying, 'blocked'::character varying, 'disallowed'::character varying, 'unreachable'::character varying, 'unparseable'::character varying])::text[]))),
    CONSTRAINT ck_response_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE TABLE seller (
    id bigint NOT NULL,
    platform text NOT NULL,
    seller text NOT NULL
);
CREATE VIEW listings AS
 SELECT l.platform,
    c.cluster,
    c.category,
    c.cluster_score,
    c.cross_border,
    c.cross_border_score,
    c.imported_goods,
    c.signals,
    c.classifier,
    l.item AS item_id,
    v.title,
    (((v.price_minor)::numeric * 1.0) / (v.minor_per_unit)::numeric) AS price,
    v.currency,
    s.seller AS seller_id,
    v.seller_name,
    v.official_store,
    v.ship_from,
    v.ship_from_country,
    v.cross_border_flag,
    v.imported_flag,
    v.category_path AS platform_category,
    v.brand,
    v.url,
    v.image_url,
    v.version,
    seen.first_week,
    seen.last_week,
    seen.weeks,
    seen.places,
    seen.versions
   FROM ((((listing l
     JOIN ( SELECT w.listing_id,
            max(w.id) AS newest,
            count(DISTINCT w.id) AS versions,
            min((o.week)::text) AS first_week,
            max((o.week)::text) AS last_week,
            count(DISTINCT o.week) AS weeks,
            count(o.id) AS places
           FROM (listing_version w
             LEFT JOIN ( SELECT p.id,
                    p.week,
                    p.listing_version_id
                   FROM (observation p
                     JOIN response r ON (((r.id = p.response_id) AND (r.parser = p.parser))))) o ON ((o.listing_version_id = w.id)))
          GROUP BY w.listing_id) seen ON ((seen.listing_id = l.id)))
     JOIN listing_version v ON ((v.id = seen.newest)))
     LEFT JOIN seller s ON ((s.id = v.seller_id)))
     LEFT JOIN classification c ON ((c.id = ( SELECT max(k.id) AS max
           FROM classification k
          WHERE (k.listing_version_id = v.id)))));
CREATE SEQUENCE observation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE observation_id_seq OWNED BY observation.id;
CREATE TABLE sample_unit (
    id text NOT NULL,
    week character varying(8) NOT NULL,
    platform text NOT NULL,
    entry_id bigint NOT NULL,
    page integer NOT NULL,
    url text NOT NULL,
    url_key text NOT NULL,
    "position" integer NOT NULL,
    probability double precision NOT NULL,
    state character varying(24) NOT NULL,
    reason text,
    observed_at timestamp with time zone,
    total_results bigint,
    robots_allowed boolean,
    robots_url text,
    robots_rule text,
    robots_fetched_at timestamp with time zone,
    robots_permission text,
    foreign_results bigint,
    CONSTRAINT ck_sample_unit_foreign_results_range CHECK ((foreign_results >= 0)),
    CONSTRAINT ck_sample_unit_page_from_1 CHECK ((page >= 1)),
    CONSTRAINT ck_sample_unit_probability_range CHECK (((probability > (0)::double precision) AND (probability <= (1)::double precision))),
    CONSTRAINT ck_sample_unit_total_results_range CHECK ((total_results >= 0)),
    CONSTRAINT ck_sample_unit_unitstate CHECK (((state)::text = ANY ((ARRAY['planned'::character varying, 'sampled'::character varying, 'empty'::character varying, 'blocked'::character varying, 'disallowed'::character varying, 'unreachable'::character varying, 'unparseable'::character varying])::text[])))
);
CREATE VIEW observations AS
 SELECT o.week,
    l.platform,
    e.cluster,
    c.category,
    c.cluster AS listing_cluster,
    c.cluster_score,
    c.cross_border,
    c.cross_border_score,
    c.imported_goods,
    c.signals,
    c.classifier,
    l.item AS item_id,
    v.title,
    (((v.price_minor)::numeric * 1.0) / (v.minor_per_unit)::numeric) AS price,
    v.currency,
    s.seller AS seller_id,
    v.seller_name,
    v.official_store,
    v.ship_from,
    v.ship_from_country,
    v.cross_border_flag,
    v.imported_flag,
    v.category_path AS platform_category,
    v.brand,
    v.url,
    v.image_url,
    v.version,
    e.stratum,
    e.entry,
    e.query,
    u.page,
    o.rank,
    o.sponsored,
    o.sold,
    o.rating,
    o.observed_at,
    r.origin,
    o.unit_id,
    u.probability,
    e.weight,
    o.id AS observation_id,
    r.sha256 AS response_sha256,
    r.evidence
   FROM (((((((observation o
     JOIN response r ON ((r.id = o.response_id)))
     JOIN listing_version v ON ((v.id = o.listing_version_id)))
     JOIN listing l ON ((l.id = v.listing_id)))
     LEFT JOIN seller s ON ((s.id = v.seller_id)))
     LEFT JOIN sample_unit u ON ((u.id = o.unit_id)))
     LEFT JOIN entry e ON ((e.id = u.entry_id)))
     LEFT JOIN classification c ON ((c.id = ( SELECT max(k.id) AS max
           FROM classification k
          WHERE (k.listing_version_id = v.id)))))
  WHERE (o.parser = r.parser);
CREATE TABLE permission (
    id bigint NOT NULL,
    platform text NOT NULL,
    who text NOT NULL,
    reference text NOT NULL,
    granted_on date NOT NULL,
    paths jsonb NOT NULL,
    until date
);
CREATE SEQUENCE permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE permission_id_seq OWNED BY permission.id;
CREATE TABLE plan (
    week character varying(8) NOT NULL,
    frame_version text NOT NULL,
    seed bigint NOT NULL,
    drawn_at timestamp with time zone NOT NULL,
    shortfalls jsonb NOT NULL,
    CONSTRAINT ck_plan_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE TABLE platform (
    id text NOT NULL,
    name text,
    role text,
    country character varying(2),
    currency character varying(3),
    closed_on date,
    CONSTRAINT ck_platform_country_length CHECK ((length((country)::text) = 2)),
    CONSTRAINT ck_platform_currency_length CHECK ((length((currency)::text) = 3))
);
CREATE TABLE policy_version (
    sha256 character varying(64) NOT NULL,
    policy text NOT NULL,
    title_id text NOT NULL,
    title_en text NOT NULL,
    kind character varying(24) NOT NULL,
    scope character varying(24) NOT NULL,
    verification character varying(24) NOT NULL,
    in_force_from timestamp with time zone,
    in_force_until timestamp with time zone,
    confirmed_by text,
    document text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_policy_version_policykind CHECK (((kind)::text = ANY ((ARRAY['promise'::character varying, 'regulation'::character varying, 'closure'::character varying, 'context'::character varying])::text[]))),
    CONSTRAINT ck_policy_version_policyscope CHECK (((scope)::text = ANY ((ARRAY['seller_cross_border'::character varying, 'price_floor'::character varying, 'information_duty'::character varying, 'platform'::character varying])::text[]))),
    CONSTRAINT ck_policy_version_verification CHECK (((verification)::text = ANY ((ARRAY['gazette'::character varying, 'press'::character varying, 'unverified'::character varying])::text[])))
);
CREATE SEQUENCE response_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE response_id_seq OWNED BY response.id;
CREATE TABLE run (
    id bigint NOT NULL,
    job text NOT NULL,
    origin character varying(24) NOT NULL,
    week character varying(8),
    platform text,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    outcome character varying(24) NOT NULL,
    reason text,
    versions jsonb NOT NULL,
    counts jsonb NOT NULL,
    CONSTRAINT ck_run_finished CHECK ((((outcome)::text = 'running'::text) = (finished_at IS NULL))),
    CONSTRAINT ck_run_origin CHECK (((origin)::text = ANY ((ARRAY['live'::character varying, 'saved'::character varying, 'simulated'::character varying])::text[]))),
    CONSTRAINT ck_run_runoutcome CHECK (((outcome)::text = ANY ((ARRAY['running'::character varying, 'done'::character varying, 'stopped'::character varying, 'failed'::character varying, 'missed'::character varying])::text[]))),
    CONSTRAINT ck_run_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE SEQUENCE run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE run_id_seq OWNED BY run.id;
CREATE TABLE screen (
    observation_id bigint NOT NULL,
    week character varying(8) NOT NULL,
    classification_id bigint NOT NULL,
    stratum character varying(24) NOT NULL,
    CONSTRAINT ck_screen_screenstratum CHECK (((stratum)::text = ANY ((ARRAY['flagged'::character varying, 'unknown'::character varying, 'domestic'::character varying])::text[]))),
    CONSTRAINT ck_screen_week_form CHECK (((week)::text ~~ '____-W__'::text))
);
CREATE VIEW screenings AS
 SELECT o.week,
    l.platform,
    e.cluster,
    f.stratum AS screen,
    c.category,
    c.cluster AS listing_cluster,
    c.cluster_score,
    c.cross_border,
    c.cross_border_score,
    c.imported_goods,
    c.signals,
    c.classifier,
    l.item AS item_id,
    v.title,
    (((v.price_minor)::numeric * 1.0) / (v.minor_per_unit)::numeric) AS price,
    v.currency,
    s.seller AS seller_id,
    v.seller_name,
    v.official_store,
    v.ship_from,
    v.ship_from_country,
    v.cross_border_flag,
    v.imported_flag,
    v.category_path AS platform_category,
    v.brand,
    v.url,
    v.image_url,
    v.version,
    e.stratum,
    e.entry,
    e.query,
    u.page,
    o.rank,
    o.sponsored,
    o.sold,
    o.rating,
    o.observed_at,
    r.origin,
    o.unit_id,
    u.probability,
    e.weight,
    o.id AS observation_id,
    r.sha256 AS response_sha256,
    r.evidence
   FROM ((((((((screen f
     JOIN observation o ON ((o.id = f.observation_id)))
     JOIN response r ON ((r.id = o.response_id)))
     JOIN listing_version v ON ((v.id = o.listing_version_id)))
     JOIN listing l ON ((l.id = v.listing_id)))
     LEFT JOIN seller s ON ((s.id = v.seller_id)))
     LEFT JOIN sample_unit u ON ((u.id = o.unit_id)))
     LEFT JOIN entry e ON ((e.id = u.entry_id)))
     JOIN classification c ON ((c.id = f.classification_id)));
CREATE SEQUENCE seller_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE seller_id_seq OWNED BY seller.id;
CREATE VIEW sellers AS
 SELECT s.platform,
    s.seller AS seller_id,
    v.seller_name,
    v.official_store,
    seen.listings
   FROM ((seller s
     JOIN ( SELECT w.seller_id,
            max(w.id) AS newest,
            count(DISTINCT w.listing_id) AS listings
           FROM listing_version w
          GROUP BY w.seller_id) seen ON ((seen.seller_id = s.id)))
     JOIN listing_version v ON ((v.id = seen.newest)));
CREATE TABLE store_origin (
    id integer NOT NULL,
    simulated boolean NOT NULL,
    since timestamp with time zone NOT NULL,
    CONSTRAINT ck_store_origin_one_row CHECK ((id = 1))
);
CREATE VIEW units AS
 SELECT u.week,
    u.platform,
    e.cluster,
    e.stratum,
    e.entry,
    e.kind,
    e.query,
    u.page,
    u."position",
    u.probability,
    e.weight,
    u.state,
    u.reason,
    u.observed_at,
    u.total_results,
    u.foreign_results,
    u.robots_allowed,
    u.url AS page_url,
    u.id AS unit_id
   FROM (sample_unit u
     JOIN entry e ON ((e.id = u.entry_id)));
CREATE VIEW visits AS
 SELECT d.week,
    l.platform,
    l.item AS item_id,
    v.title,
    (((v.price_minor)::numeric * 1.0) / (v.minor_per_unit)::numeric) AS price,
    v.currency,
    s.seller AS seller_id,
    v.seller_name,
    v.official_store,
    v.ship_from,
    v.ship_from_country,
    v.cross_border_flag,
    v.imported_flag,
    v.category_path AS platform_category,
    v.brand,
    v.url,
    v.image_url,
    v.version,
    r.state,
    r.reason,
    r.observed_at AS visited_at,
    r.sha256 AS response_sha256,
    d.screenshot,
    d.screenshot_sha256
   FROM ((((detail_visit d
     JOIN response r ON ((r.id = d.response_id)))
     JOIN listing l ON ((l.id = d.listing_id)))
     LEFT JOIN listing_version v ON ((v.id = d.listing_version_id)))
     LEFT JOIN seller s ON ((s.id = v.seller_id)));
CREATE VIEW weekly_units AS
 SELECT u.week,
    u.platform,
    e.cluster,
    e.stratum,
    count(*) AS units,
    sum(
        CASE
            WHEN ((u.state)::text = 'sampled'::text) THEN 1
            ELSE 0
        END) AS sampled,
    sum(
        CASE
            WHEN ((u.state)::text = 'empty'::text) THEN 1
            ELSE 0
        END) AS empty,
    sum(
        CASE
            WHEN ((u.state)::text = 'blocked'::text) THEN 1
            ELSE 0
        END) AS blocked,
    sum(
        CASE
            WHEN ((u.state)::text = 'disallowed'::text) THEN 1
            ELSE 0
        END) AS disallowed,
    sum(
        CASE
            WHEN ((u.state)::text = 'unreachable'::text) THEN 1
            ELSE 0
        END) AS unreachable,
    sum(
        CASE
            WHEN ((u.state)::text = 'unparseable'::text) THEN 1
            ELSE 0
        END) AS unparseable,
    sum(
        CASE
            WHEN ((u.state)::text = 'planned'::text) THEN 1
            ELSE 0
        END) AS not_fetched
   FROM (sample_unit u
     JOIN entry e ON ((e.id = u.entry_id)))
  GROUP BY u.week, u.platform, e.cluster, e.stratum;
ALTER TABLE ONLY classification ALTER COLUMN id SET DEFAULT nextval('classification_id_seq'::regclass);
ALTER TABLE ONLY edition ALTER COLUMN id SET DEFAULT nextval('edition_id_seq'::regclass);
ALTER TABLE ONLY entry ALTER COLUMN id SET DEFAULT nextval('entry_id_seq'::regclass);
ALTER TABLE ONLY label ALTER COLUMN id SET DEFAULT nextval('label_id_seq'::regclass);
ALTER TABLE ONLY listing ALTER COLUMN id SET DEFAULT nextval('listing_id_seq'::regclass);
ALTER TABLE ONLY listing_version ALTER COLUMN id SET DEFAULT nextval('listing_version_id_seq'::regclass);
ALTER TABLE ONLY observation ALTER COLUMN id SET DEFAULT nextval('observation_id_seq'::regclass);
ALTER TABLE ONLY permission ALTER COLUMN id SET DEFAULT nextval('permission_id_seq'::regclass);
ALTER TABLE ONLY response ALTER COLUMN id SET DEFAULT nextval('response_id_seq'::regclass);
ALTER TABLE ONLY run ALTER COLUMN id SET DEFAULT nextval('run_id_seq'::regclass);
ALTER TABLE ONLY seller ALTER COLUMN id SET DEFAULT nextval('seller_id_seq'::regclass);
INSERT INTO alembic_version VALUES ('0002');
INSERT INTO annotator VALUES ('sari', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '2026-11-16 15:00:00+00');
INSERT INTO cell VALUES (1, 'lazada', 'textile_fashion', 'akar-2021', true, 60, 55, 2200, 210, 12, 40, 18, 0.95, 0.0931, 0.07, 0.12, 0.01, 'non_compliant');
INSERT INTO cell VALUES (1, 'shopee', 'textile_fashion', 'akar-2021', true, 60, 55, 2200, 210, 12, 40, 18, 0.95, NULL, NULL, NULL, 0.01, 'non_compliant');
INSERT INTO classification VALUES (1, 1, 'c1', 'textile_fashion', 0.97, 'mukena', 'cross_border', 0.99, NULL, '[{"kind": "seller_name", "text": "Toko Rahasia Guangzhou"}]');
INSERT INTO classification VALUES (2, 2, 'c1', 'textile_fashion', 0.97, 'mukena', 'cross_border', 0.99, NULL, '[{"kind": "seller_name", "text": "Toko Rahasia Guangzhou"}]');
INSERT INTO edition VALUES (1, '2026-W47', 'provisional', '2026-11-16 15:00:00+00', 'live', '9cdf861b8fe35f2940495aadf824dddc69ecc0c8a714dad290df1eb0c8e31410', '{"week":"2026-W47","edition":"provisional","origin":"live","as_of":"2026-11-16T15:00:00Z","platforms":[],"policies":[],"cells":[{"week":"2026-W47","platform":"lazada","cluster":"textile_fashion","policy":"akar-2021","primary":true,"planned":60,"sampled":55,"places":2200,"flagged":210,"suspected":12,"audited":40,"confirmed":18,"coverage":0.95,"estimate":0.0931,"low":0.07,"high":0.12,"tolerance":0.01,"verdict":"non_compliant","reason":null,"unclear_as_no":null,"unclear_as_yes":null,"label_weeks":null,"change":null},{"week":"2026-W47","platform":"shopee","cluster":"textile_fashion","policy":"akar-2021","primary":true,"planned":60,"sampled":55,"places":2200,"flagged":210,"suspected":12,"audited":40,"confirmed":18,"coverage":0.95,"estimate":null,"low":null,"high":null,"tolerance":0.01,"verdict":"non_compliant","reason":null,"unclear_as_no":null,"unclear_as_yes":null,"label_weeks":null,"change":null}],"listings":[],"coverage":[],"versions":{"software":"0.1","parser":"1","classifier":"c1","frame":"f","registry":"r","seed":null},"previous_week":null,"suspected":[],"imported":[],"gone":[],"unplanned":[],"unplanned_listings":[],"changes":[],"relisting":[],"trend":[],"indicators":[],"audit":null,"sensitivity":[],"notes":[],"corrections":[],"categories":{},"previous_versions":null,"withheld":null,"schema":1}', '2026-11-26 04:35:29.434647+00');
INSERT INTO entry VALUES (1, 'f1', 'lazada', 'kata-0', 'textile_fashion', 'head', 'keyword', 'mukena 0', 1, NULL, NULL);
INSERT INTO entry VALUES (2, 'f1', 'lazada', 'kata-1', 'textile_fashion', 'head', 'keyword', 'mukena 1', 1, NULL, NULL);
INSERT INTO entry VALUES (3, 'f1', 'lazada', 'kata-2', 'textile_fashion', 'head', 'keyword', 'mukena 2', 1, NULL, NULL);
INSERT INTO frame_version VALUES ('f1', '2026-11-16 12:00:00+00');
INSERT INTO label VALUES (1, 1, '2026-W47', 'sari', 'first', '2026-11-16 15:00:00+00', 'yes', NULL, NULL, 'Toko Rahasia Guangzhou');
INSERT INTO listing VALUES (1, 'lazada', '10101');
INSERT INTO listing VALUES (2, 'lazada', '10202');
INSERT INTO listing_version VALUES (1, 1, '6141b38a6aaade50ef9414f84ec5fdb359609cf4a0b8566b506b95a686ce2e19', 'Mukena bordir', 'https://www.lazada.co.id/products/i10101.html?spm=a2o4j', 'https://id-live.slatic.net/p/10101.jpg', 12990000, 100, 'IDR', 1, 'Toko Rahasia Guangzhou', false, 'Luar Negeri', 'CN', true, NULL, '3030', 'Fashion > Muslim', 'No Brand');
INSERT INTO listing_version VALUES (2, 2, 'c2f3b777cc1ab8b978dc5caeaf35ca1487cbc431c62b6621a1afb6436a4aab6a', 'Gamis toko rahasia guangzhou (asli)', 'https://www.lazada.co.id/products/i10202.html?spm=a2o4j', 'https://id-live.slatic.net/p/10202.jpg', 12990000, 100, 'IDR', 1, 'Toko Rahasia Guangzhou', false, 'Luar Negeri', 'CN', true, NULL, '3030', 'Fashion > Muslim', 'No Brand');
INSERT INTO observation VALUES (1, 1, '2026-W47/lazada/kata-0/1', 1, '1', 1, 1, false, 12, 4.5, '2026-W47', '2026-11-16 15:00:00+00');
INSERT INTO observation VALUES (2, 1, '2026-W47/lazada/kata-0/1', 2, '1', 2, 2, false, 12, 4.5, '2026-W47', '2026-11-16 15:00:00+00');
INSERT INTO plan VALUES ('2026-W47', 'f1', 20210803, '2026-11-16 12:00:00+00', '[]');
INSERT INTO platform VALUES ('lazada', NULL, NULL, NULL, NULL, NULL);
INSERT INTO response VALUES (1, 1, 'lazada', 'page', '2026-W47/lazada/kata-0/1', '2026-W47', 'live', 'sampled', NULL, 'https://www.lazada.co.id/catalog/?q=mukena+0&page=1', 'https://www.lazada.co.id/catalog/', '2026-11-16 15:00:00+00', 200, 'text/html', 4, '3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274', NULL, 'lazada-1.warc.gz#0', 4000, '1', true, 'https://www.lazada.co.id/robots.txt', NULL, '2026-11-16 15:00:00+00', NULL, NULL);
INSERT INTO run VALUES (1, 'crawl', 'live', NULL, NULL, '2026-11-16 15:00:00+00', NULL, 'running', NULL, '{}', '{}');
INSERT INTO sample_unit VALUES ('2026-W47/lazada/kata-1/1', '2026-W47', 'lazada', 2, 1, 'https://www.lazada.co.id/catalog/?q=mukena+1&page=1', 'lazada.co.id/catalog', 1, 0.5, 'planned', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO sample_unit VALUES ('2026-W47/lazada/kata-2/1', '2026-W47', 'lazada', 3, 1, 'https://www.lazada.co.id/catalog/?q=mukena+2&page=1', 'lazada.co.id/catalog', 2, 0.5, 'planned', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO sample_unit VALUES ('2026-W47/lazada/kata-0/1', '2026-W47', 'lazada', 1, 1, 'https://www.lazada.co.id/catalog/?q=mukena+0&page=1', 'lazada.co.id/catalog', 0, 0.5, 'sampled', NULL, '2026-11-16 15:00:00+00', 4000, true, 'https://www.lazada.co.id/robots.txt', NULL, '2026-11-16 15:00:00+00', NULL, NULL);
INSERT INTO screen VALUES (1, '2026-W47', 1, 'flagged');
INSERT INTO screen VALUES (2, '2026-W47', 2, 'flagged');
INSERT INTO seller VALUES (1, 'lazada', '770077');
INSERT INTO store_origin VALUES (1, false, '2026-11-26 04:35:29.112352+00');
SELECT pg_catalog.setval('classification_id_seq', 2, true);
SELECT pg_catalog.setval('edition_id_seq', 1, true);
SELECT pg_catalog.setval('entry_id_seq', 3, true);
SELECT pg_catalog.setval('label_id_seq', 1, true);
SELECT pg_catalog.setval('listing_id_seq', 2, true);
SELECT pg_catalog.setval('listing_version_id_seq', 2, true);
SELECT pg_catalog.setval('observation_id_seq', 2, true);
SELECT pg_catalog.setval('permission_id_seq', 1, false);
SELECT pg_catalog.setval('response_id_seq', 1, true);
SELECT pg_catalog.setval('run_id_seq', 1, true);
SELECT pg_catalog.setval('seller_id_seq', 1, true);
ALTER TABLE ONLY alembic_version ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY annotator ADD CONSTRAINT pk_annotator PRIMARY KEY (name);
ALTER TABLE ONLY cell ADD CONSTRAINT pk_cell PRIMARY KEY (edition_id, platform, cluster, policy);
ALTER TABLE ONLY classification ADD CONSTRAINT pk_classification PRIMARY KEY (id);
ALTER TABLE ONLY data_dictionary ADD CONSTRAINT pk_data_dictionary PRIMARY KEY (name, field);
ALTER TABLE ONLY detail_visit ADD CONSTRAINT pk_detail_visit PRIMARY KEY (response_id);
ALTER TABLE ONLY draw ADD CONSTRAINT pk_draw PRIMARY KEY (week);
ALTER TABLE ONLY draw_item ADD CONSTRAINT pk_draw_item PRIMARY KEY (week, "position");
ALTER TABLE ONLY edition ADD CONSTRAINT pk_edition PRIMARY KEY (id);
ALTER TABLE ONLY entry ADD CONSTRAINT pk_entry PRIMARY KEY (id);
ALTER TABLE ONLY frame_version ADD CONSTRAINT pk_frame_version PRIMARY KEY (version);
ALTER TABLE ONLY label ADD CONSTRAINT pk_label PRIMARY KEY (id);
ALTER TABLE ONLY listing ADD CONSTRAINT pk_listing PRIMARY KEY (id);
ALTER TABLE ONLY listing_version ADD CONSTRAINT pk_listing_version PRIMARY KEY (id);
ALTER TABLE ONLY observation ADD CONSTRAINT pk_observation PRIMARY KEY (id);
ALTER TABLE ONLY permission ADD CONSTRAINT pk_permission PRIMARY KEY (id);
ALTER TABLE ONLY plan ADD CONSTRAINT pk_plan PRIMARY KEY (week);
ALTER TABLE ONLY platform ADD CONSTRAINT pk_platform PRIMARY KEY (id);
ALTER TABLE ONLY policy_version ADD CONSTRAINT pk_policy_version PRIMARY KEY (sha256);
ALTER TABLE ONLY response ADD CONSTRAINT pk_response PRIMARY KEY (id);
ALTER TABLE ONLY run ADD CONSTRAINT pk_run PRIMARY KEY (id);
ALTER TABLE ONLY sample_unit ADD CONSTRAINT pk_sample_unit PRIMARY KEY (id);
ALTER TABLE ONLY screen ADD CONSTRAINT pk_screen PRIMARY KEY (observation_id);
ALTER TABLE ONLY seller ADD CONSTRAINT pk_seller PRIMARY KEY (id);
ALTER TABLE ONLY store_origin ADD CONSTRAINT pk_store_origin PRIMARY KEY (id);
ALTER TABLE ONLY annotator ADD CONSTRAINT uq_annotator_token_sha256 UNIQUE (token_sha256);
ALTER TABLE ONLY classification ADD CONSTRAINT uq_classification_listing_version_id_classifier UNIQUE (listing_version_id, classifier);
ALTER TABLE ONLY edition ADD CONSTRAINT uq_edition_week_kind_as_of UNIQUE (week, kind, as_of);
ALTER TABLE ONLY entry ADD CONSTRAINT uq_entry_frame_version_platform_entry UNIQUE (frame_version, platform, entry);
ALTER TABLE ONLY label ADD CONSTRAINT uq_label_listing_version_id_annotator_kind_at UNIQUE (listing_version_id, annotator, kind, at);
ALTER TABLE ONLY listing ADD CONSTRAINT uq_listing_platform_item UNIQUE (platform, item);
ALTER TABLE ONLY listing_version ADD CONSTRAINT uq_listing_version_listing_id_version UNIQUE (listing_id, version);
ALTER TABLE ONLY observation ADD CONSTRAINT uq_observation_response_id_parser_place UNIQUE (response_id, parser, place);
ALTER TABLE ONLY permission ADD CONSTRAINT uq_permission_platform_reference_granted_on UNIQUE (platform, reference, granted_on);
ALTER TABLE ONLY sample_unit ADD CONSTRAINT uq_sample_unit_week_entry_id_page UNIQUE (week, entry_id, page);
ALTER TABLE ONLY sample_unit ADD CONSTRAINT uq_sample_unit_week_platform_position UNIQUE (week, platform, "position");
ALTER TABLE ONLY seller ADD CONSTRAINT uq_seller_platform_seller UNIQUE (platform, seller);
CREATE INDEX ix_classification_classifier ON classification USING btree (classifier);
CREATE INDEX ix_detail_visit_listing_id ON detail_visit USING btree (listing_id);
CREATE INDEX ix_detail_visit_week ON detail_visit USING btree (week);
CREATE INDEX ix_draw_item_observation_id ON draw_item USING btree (observation_id);
CREATE INDEX ix_label_week ON label USING btree (week);
CREATE INDEX ix_listing_version_seller_id ON listing_version USING btree (seller_id);
CREATE INDEX ix_observation_listing_version_id_week ON observation USING btree (listing_version_id, week);
CREATE INDEX ix_observation_unit_id ON observation USING btree (unit_id);
CREATE INDEX ix_observation_week ON observation USING btree (week);
CREATE INDEX ix_policy_version_policy ON policy_version USING btree (policy);
CREATE INDEX ix_response_sha256 ON response USING btree (sha256);
CREATE INDEX ix_response_unit_id ON response USING btree (unit_id);
CREATE INDEX ix_response_week_kind_platform ON response USING btree (week, kind, platform);
CREATE INDEX ix_run_job_week_platform ON run USING btree (job, week, platform);
CREATE INDEX ix_sample_unit_week_platform_url_key ON sample_unit USING btree (week, platform, url_key);
CREATE INDEX ix_screen_week ON screen USING btree (week);
CREATE TRIGGER cell_kept BEFORE DELETE OR UPDATE ON cell FOR EACH ROW EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER cell_kept_whole BEFORE TRUNCATE ON cell FOR EACH STATEMENT EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER draw_item_kept BEFORE DELETE OR UPDATE ON draw_item FOR EACH ROW EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER draw_item_kept_whole BEFORE TRUNCATE ON draw_item FOR EACH STATEMENT EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER draw_kept BEFORE DELETE OR UPDATE ON draw FOR EACH ROW EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER draw_kept_whole BEFORE TRUNCATE ON draw FOR EACH STATEMENT EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER edition_kept BEFORE DELETE OR UPDATE ON edition FOR EACH ROW EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER edition_kept_whole BEFORE TRUNCATE ON edition FOR EACH STATEMENT EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER label_kept BEFORE DELETE OR UPDATE ON label FOR EACH ROW EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER label_kept_whole BEFORE TRUNCATE ON label FOR EACH STATEMENT EXECUTE FUNCTION pantau_append_only();
CREATE TRIGGER screen_kept BEFORE INSERT OR DELETE OR UPDATE ON screen FOR EACH ROW EXECUTE FUNCTION pantau_screen_drawn();
ALTER TABLE ONLY cell ADD CONSTRAINT fk_cell_edition_id FOREIGN KEY (edition_id) REFERENCES edition(id);
ALTER TABLE ONLY classification ADD CONSTRAINT fk_classification_listing_version_id FOREIGN KEY (listing_version_id) REFERENCES listing_version(id);
ALTER TABLE ONLY detail_visit ADD CONSTRAINT fk_detail_visit_listing_id FOREIGN KEY (listing_id) REFERENCES listing(id);
ALTER TABLE ONLY detail_visit ADD CONSTRAINT fk_detail_visit_listing_version_id FOREIGN KEY (listing_version_id) REFERENCES listing_version(id);
ALTER TABLE ONLY detail_visit ADD CONSTRAINT fk_detail_visit_response_id FOREIGN KEY (response_id) REFERENCES response(id);
ALTER TABLE ONLY draw_item ADD CONSTRAINT fk_draw_item_listing_version_id FOREIGN KEY (listing_version_id) REFERENCES listing_version(id);
ALTER TABLE ONLY draw_item ADD CONSTRAINT fk_draw_item_observation_id FOREIGN KEY (observation_id) REFERENCES observation(id);
ALTER TABLE ONLY draw_item ADD CONSTRAINT fk_draw_item_week FOREIGN KEY (week) REFERENCES draw(week);
ALTER TABLE ONLY entry ADD CONSTRAINT fk_entry_frame_version FOREIGN KEY (frame_version) REFERENCES frame_version(version);
ALTER TABLE ONLY entry ADD CONSTRAINT fk_entry_platform FOREIGN KEY (platform) REFERENCES platform(id);
ALTER TABLE ONLY label ADD CONSTRAINT fk_label_annotator FOREIGN KEY (annotator) REFERENCES annotator(name);
ALTER TABLE ONLY label ADD CONSTRAINT fk_label_listing_version_id FOREIGN KEY (listing_version_id) REFERENCES listing_version(id);
ALTER TABLE ONLY listing ADD CONSTRAINT fk_listing_platform FOREIGN KEY (platform) REFERENCES platform(id);
ALTER TABLE ONLY listing_version ADD CONSTRAINT fk_listing_version_listing_id FOREIGN KEY (listing_id) REFERENCES listing(id);
ALTER TABLE ONLY listing_version ADD CONSTRAINT fk_listing_version_seller_id FOREIGN KEY (seller_id) REFERENCES seller(id);
ALTER TABLE ONLY observation ADD CONSTRAINT fk_observation_listing_version_id FOREIGN KEY (listing_version_id) REFERENCES listing_version(id);
ALTER TABLE ONLY observation ADD CONSTRAINT fk_observation_response_id FOREIGN KEY (response_id) REFERENCES response(id);
ALTER TABLE ONLY observation ADD CONSTRAINT fk_observation_unit_id FOREIGN KEY (unit_id) REFERENCES sample_unit(id);
ALTER TABLE ONLY plan ADD CONSTRAINT fk_plan_frame_version FOREIGN KEY (frame_version) REFERENCES frame_version(version);
ALTER TABLE ONLY response ADD CONSTRAINT fk_response_platform FOREIGN KEY (platform) REFERENCES platform(id);
ALTER TABLE ONLY response ADD CONSTRAINT fk_response_run_id FOREIGN KEY (run_id) REFERENCES run(id);
ALTER TABLE ONLY response ADD CONSTRAINT fk_response_unit_id FOREIGN KEY (unit_id) REFERENCES sample_unit(id);
ALTER TABLE ONLY sample_unit ADD CONSTRAINT fk_sample_unit_entry_id FOREIGN KEY (entry_id) REFERENCES entry(id);
ALTER TABLE ONLY sample_unit ADD CONSTRAINT fk_sample_unit_platform FOREIGN KEY (platform) REFERENCES platform(id);
ALTER TABLE ONLY sample_unit ADD CONSTRAINT fk_sample_unit_week FOREIGN KEY (week) REFERENCES plan(week);
ALTER TABLE ONLY screen ADD CONSTRAINT fk_screen_classification_id FOREIGN KEY (classification_id) REFERENCES classification(id);
ALTER TABLE ONLY screen ADD CONSTRAINT fk_screen_observation_id FOREIGN KEY (observation_id) REFERENCES observation(id);
ALTER TABLE ONLY seller ADD CONSTRAINT fk_seller_platform FOREIGN KEY (platform) REFERENCES platform(id);
