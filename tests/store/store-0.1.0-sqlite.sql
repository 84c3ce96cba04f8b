-- A store of Pantau 0.1.0 on SQLite: one week with a page, a label and an edition.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE annotator (
	name TEXT NOT NULL, 
	token_sha256 VARCHAR(64) NOT NULL, 
	invited_at DATETIME NOT NULL, 
	CONSTRAINT pk_annotator PRIMARY KEY (name), 
	CONSTRAINT ck_annotator_name_not_empty CHECK (length(name) > 0), 
	CONSTRAINT ck_annotator_token_sha256_length CHECK (length(token_sha256) = 64), 
	CONSTRAINT uq_annotator_token_sha256 UNIQUE (token_sha256)
);
INSERT INTO "annotator" VALUES('sari','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2026-11-16 15:00:00.000000');
CREATE TABLE cell (
	edition_id INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	cluster VARCHAR(24) NOT NULL, 
	policy TEXT NOT NULL, 
	is_primary BOOLEAN NOT NULL, 
	planned INTEGER NOT NULL, 
	sampled INTEGER NOT NULL, 
	places INTEGER NOT NULL, 
	flagged INTEGER NOT NULL, 
	suspected INTEGER NOT NULL, 
	audited INTEGER NOT NULL, 
	confirmed INTEGER NOT NULL, 
	coverage DOUBLE, 
	estimate DOUBLE, 
	low DOUBLE, 
	high DOUBLE, 
	tolerance DOUBLE NOT NULL, 
	verdict VARCHAR(24) NOT NULL, 
	CONSTRAINT pk_cell PRIMARY KEY (edition_id, platform, cluster, policy), 
	CONSTRAINT ck_cell_coverage_range CHECK (coverage BETWEEN 0 AND 1), 
	CONSTRAINT ck_cell_estimate_range CHECK (estimate BETWEEN 0 AND 1), 
	CONSTRAINT ck_cell_high_range CHECK (high BETWEEN 0 AND 1), 
	CONSTRAINT ck_cell_interval_order CHECK (low <= high), 
	CONSTRAINT ck_cell_low_range CHECK (low BETWEEN 0 AND 1), 
	CONSTRAINT ck_cell_sampled_of_planned CHECK (sampled <= planned), 
	CONSTRAINT ck_cell_tolerance_range CHECK (tolerance BETWEEN 0 AND 1), 
	CONSTRAINT fk_cell_edition_id FOREIGN KEY(edition_id) REFERENCES edition (id), 
	CONSTRAINT ck_cell_cluster CHECK (cluster IN ('textile_fashion', 'food_beverage', 'crafts', 'other', 'unknown')), 
	CONSTRAINT ck_cell_verdict CHECK (verdict IN ('non_compliant', 'breaches_found', 'compliant', 'none_found', 'screened', 'not_measurable', 'unconfirmed_policy'))
);
INSERT INTO "cell" VALUES(1,'lazada','textile_fashion','akar-2021',1,60,55,2200,210,12,40,18,0.95,0.0931,0.07,0.12,0.01,'non_compliant');
INSERT INTO "cell" VALUES(1,'shopee','textile_fashion','akar-2021',1,60,55,2200,210,12,40,18,0.95,NULL,NULL,NULL,0.01,'non_compliant');
CREATE TABLE classification (
	id INTEGER NOT NULL, 
	listing_version_id INTEGER NOT NULL, 
	classifier TEXT NOT NULL, 
	cluster VARCHAR(24) NOT NULL, 
	cluster_score DOUBLE NOT NULL, 
	category TEXT, 
	cross_border VARCHAR(24) NOT NULL, 
	cross_border_score DOUBLE NOT NULL, 
	imported_goods BOOLEAN, 
	signals JSON NOT NULL, 
	CONSTRAINT pk_classification PRIMARY KEY (id), 
	CONSTRAINT ck_classification_cluster_score_range CHECK (cluster_score BETWEEN 0 AND 1), 
	CONSTRAINT ck_classification_cross_border_score_range CHECK (cross_border_score BETWEEN 0 AND 1), 
	CONSTRAINT fk_classification_listing_version_id FOREIGN KEY(listing_version_id) REFERENCES listing_version (id), 
	CONSTRAINT uq_classification_listing_version_id_classifier UNIQUE (listing_version_id, classifier), 
	CONSTRAINT ck_classification_cluster CHECK (cluster IN ('textile_fashion', 'food_beverage', 'crafts', 'other', 'unknown')), 
	CONSTRAINT ck_classification_crossborder CHECK (cross_border IN ('cross_border', 'suspected', 'domestic', 'unknown'))
);
INSERT INTO "classification" VALUES(1,1,'c1','textile_fashion',0.97,'mukena','cross_border',0.99,NULL,'[{"kind":"seller_name","text":"Toko Rahasia Guangzhou"}]');
INSERT INTO "classification" VALUES(2,2,'c1','textile_fashion',0.97,'mukena','cross_border',0.99,NULL,'[{"kind":"seller_name","text":"Toko Rahasia Guangzhou"}]');
CREATE TABLE data_dictionary (
	name TEXT NOT NULL, 
	field TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	meaning TEXT NOT NULL, 
	CONSTRAINT pk_data_dictionary PRIMARY KEY (name, field)
);
CREATE TABLE detail_visit (
	response_id INTEGER NOT NULL, 
	listing_id INTEGER NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	listing_version_id INTEGER, 
	rank INTEGER, 
	sponsored BOOLEAN, 
	sold INTEGER, 
	rating DOUBLE, 
	screenshot TEXT, 
	screenshot_sha256 VARCHAR(64), 
	CONSTRAINT pk_detail_visit PRIMARY KEY (response_id), 
	CONSTRAINT ck_detail_visit_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT ck_detail_visit_screenshot_sha256_length CHECK (length(screenshot_sha256) = 64), 
	CONSTRAINT fk_detail_visit_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id), 
	CONSTRAINT fk_detail_visit_listing_version_id FOREIGN KEY(listing_version_id) REFERENCES listing_version (id), 
	CONSTRAINT fk_detail_visit_response_id FOREIGN KEY(response_id) REFERENCES response (id)
);
CREATE TABLE draw (
	week VARCHAR(8) NOT NULL, 
	seed INTEGER NOT NULL, 
	budget INTEGER NOT NULL, 
	drawn_at DATETIME NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_draw PRIMARY KEY (week), 
	CONSTRAINT ck_draw_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT ck_draw_budget_range CHECK (budget >= 0), 
	CONSTRAINT ck_draw_sha256_length CHECK (length(sha256) = 64)
);
CREATE TABLE draw_item (
	week VARCHAR(8) NOT NULL, 
	position INTEGER NOT NULL, 
	observation_id INTEGER NOT NULL, 
	listing_version_id INTEGER NOT NULL, 
	cluster VARCHAR(24) NOT NULL, 
	stratum VARCHAR(24) NOT NULL, 
	probability DOUBLE NOT NULL, 
	CONSTRAINT pk_draw_item PRIMARY KEY (week, position), 
	CONSTRAINT ck_draw_item_probability_range CHECK (probability > 0 AND probability <= 1), 
	CONSTRAINT fk_draw_item_listing_version_id FOREIGN KEY(listing_version_id) REFERENCES listing_version (id), 
	CONSTRAINT fk_draw_item_observation_id FOREIGN KEY(observation_id) REFERENCES observation (id), 
	CONSTRAINT fk_draw_item_week FOREIGN KEY(week) REFERENCES draw (week), 
	CONSTRAINT ck_draw_item_cluster CHECK (cluster IN ('textile_fashion', 'food_beverage', 'crafts', 'other', 'unknown')), 
	CONSTRAINT ck_draw_item_screenstratum CHECK (stratum IN ('flagged', 'unknown', 'domestic'))
);
CREATE TABLE edition (
	id INTEGER NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	as_of DATETIME NOT NULL, 
	origin VARCHAR(24) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	findings TEXT NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT pk_edition PRIMARY KEY (id), 
	CONSTRAINT ck_edition_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT ck_edition_sha256_length CHECK (length(sha256) = 64), 
	CONSTRAINT uq_edition_week_kind_as_of UNIQUE (week, kind, as_of), 
	CONSTRAINT ck_edition_editionkind CHECK (kind IN ('provisional', 'final', 'corrected')), 
	CONSTRAINT ck_edition_origin CHECK (origin IN ('live', 'saved', 'simulated'))
);
INSERT INTO "edition" VALUES(1,'2026-W47','provisional','2026-11-16 15:00:00.000000','live','9cdf861b8fe35f2940495aadf824dddc69ecc0c8a714dad290df1eb0c8e31410','{"week":"2026-W47","edition":"provisional","origin":"live","as_of":"2026-11-16T15:00:00Z","platforms":[],"policies":[],"cells":[{"week":"2026-W47","platform":"lazada","cluster":"textile_fashion","policy":"akar-2021","primary":true,"planned":60,"sampled":55,"places":2200,"flagged":210,"suspected":12,"audited":40,"confirmed":18,"coverage":0.95,"estimate":0.0931,"low":0.07,"high":0.12,"tolerance":0.01,"verdict":"non_compliant","reason":null,"unclear_as_no":null,"unclear_as_yes":null,"label_weeks":null,"change":null},{"week":"2026-W47","platform":"shopee","cluster":"textile_fashion","policy":"akar-2021","primary":true,"planned":60,"sampled":55,"places":2200,"flagged":210,"suspected":12,"audited":40,"confirmed":18,"coverage":0.95,"estimate":null,"low":null,"high":null,"tolerance":0.01,"verdict":"non_compliant","reason":null,"unclear_as_no":null,"unclear_as_yes":null,"label_weeks":null,"change":null}],"listings":[],"coverage":[],"versions":{"software":"0.1","parser":"1","classifier":"c1","frame":"f","registry":"r","seed":null},"previous_week":null,"suspected":[],"imported":[],"gone":[],"unplanned":[],"unplanned_listings":[],"changes":[],"relisting":[],"trend":[],"indicators":[],"audit":null,"sensitivity":[],"notes":[],"corrections":[],"categories":{},"previous_versions":null,"withheld":null,"schema":1}','2026-11-26 04:35:28.274302');
CREATE TABLE entry (
	id INTEGER NOT NULL, 
	frame_version TEXT NOT NULL, 
	platform TEXT NOT NULL, 
	entry TEXT NOT NULL, 
	cluster VARCHAR(24) NOT NULL, 
	stratum VARCHAR(24) NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	"query" TEXT NOT NULL, 
	weight DOUBLE NOT NULL, 
	core BOOLEAN, 
	pages INTEGER, 
	CONSTRAINT pk_entry PRIMARY KEY (id), 
	CONSTRAINT ck_entry_pages_positive CHECK (pages > 0), 
	CONSTRAINT ck_entry_weight_positive CHECK (weight > 0), 
	CONSTRAINT fk_entry_frame_version FOREIGN KEY(frame_version) REFERENCES frame_version (version), 
	CONSTRAINT fk_entry_platform FOREIGN KEY(platform) REFERENCES platform (id), 
	CONSTRAINT uq_entry_frame_version_platform_entry UNIQUE (frame_version, platform, entry), 
	CONSTRAINT ck_entry_cluster CHECK (cluster IN ('textile_fashion', 'food_beverage', 'crafts', 'other', 'unknown')), 
	CONSTRAINT ck_entry_stratum CHECK (stratum IN ('head', 'tail', 'synonym')), 
	CONSTRAINT ck_entry_entrykind CHECK (kind IN ('keyword', 'category', 'feed'))
);
INSERT INTO "entry" VALUES(1,'f1','lazada','kata-0','textile_fashion','head','keyword','mukena 0',1.0,NULL,NULL);
INSERT INTO "entry" VALUES(2,'f1','lazada','kata-1','textile_fashion','head','keyword','mukena 1',1.0,NULL,NULL);
INSERT INTO "entry" VALUES(3,'f1','lazada','kata-2','textile_fashion','head','keyword','mukena 2',1.0,NULL,NULL);
CREATE TABLE frame_version (
	version TEXT NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT pk_frame_version PRIMARY KEY (version)
);
INSERT INTO "frame_version" VALUES('f1','2026-11-16 12:00:00.000000');
CREATE TABLE label (
	id INTEGER NOT NULL, 
	listing_version_id INTEGER NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	annotator TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	at DATETIME NOT NULL, 
	cross_border VARCHAR(24) NOT NULL, 
	cluster VARCHAR(24), 
	category TEXT, 
	note TEXT, 
	CONSTRAINT pk_label PRIMARY KEY (id), 
	CONSTRAINT ck_label_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT fk_label_annotator FOREIGN KEY(annotator) REFERENCES annotator (name), 
	CONSTRAINT fk_label_listing_version_id FOREIGN KEY(listing_version_id) REFERENCES listing_version (id), 
	CONSTRAINT uq_label_listing_version_id_annotator_kind_at UNIQUE (listing_version_id, annotator, kind, at), 
	CONSTRAINT ck_label_labelkind CHECK (kind IN ('first', 'second', 'adjudication')), 
	CONSTRAINT ck_label_answer CHECK (cross_border IN ('yes', 'no', 'cannot_tell')), 
	CONSTRAINT ck_label_cluster CHECK (cluster IN ('textile_fashion', 'food_beverage', 'crafts', 'other', 'unknown'))
);
INSERT INTO "label" VALUES(1,1,'2026-W47','sari','first','2026-11-16 15:00:00.000000','yes',NULL,NULL,'Toko Rahasia Guangzhou');
CREATE TABLE listing (
	id INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	item TEXT NOT NULL, 
	CONSTRAINT pk_listing PRIMARY KEY (id), 
	CONSTRAINT ck_listing_item_not_empty CHECK (length(item) > 0), 
	CONSTRAINT fk_listing_platform FOREIGN KEY(platform) REFERENCES platform (id), 
	CONSTRAINT uq_listing_platform_item UNIQUE (platform, item)
);
INSERT INTO "listing" VALUES(1,'lazada','10101');
INSERT INTO "listing" VALUES(2,'lazada','10202');
CREATE TABLE listing_version (
	id INTEGER NOT NULL, 
	listing_id INTEGER NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	title TEXT NOT NULL, 
	url TEXT, 
	image_url TEXT, 
	price_minor INTEGER, 
	minor_per_unit INTEGER, 
	currency VARCHAR(3), 
	seller_id INTEGER, 
	seller_name TEXT, 
	official_store BOOLEAN, 
	ship_from TEXT, 
	ship_from_country VARCHAR(2), 
	cross_border_flag BOOLEAN, 
	imported_flag BOOLEAN, 
	category TEXT, 
	category_path TEXT, 
	brand TEXT, 
	CONSTRAINT pk_listing_version PRIMARY KEY (id), 
	CONSTRAINT ck_listing_version_price_whole CHECK ((price_minor IS NULL) = (minor_per_unit IS NULL)), 
	CONSTRAINT ck_listing_version_currency_upper CHECK (currency = upper(currency)), 
	CONSTRAINT ck_listing_version_currency_length CHECK (length(currency) = 3), 
	CONSTRAINT ck_listing_version_ship_from_country_length CHECK (length(ship_from_country) = 2), 
	CONSTRAINT ck_listing_version_title_not_empty CHECK (length(title) > 0), 
	CONSTRAINT ck_listing_version_version_length CHECK (length(version) = 64), 
	CONSTRAINT ck_listing_version_minor_per_unit_range CHECK (minor_per_unit >= 1), 
	CONSTRAINT ck_listing_version_price_range CHECK (price_minor >= 0), 
	CONSTRAINT ck_listing_version_country_upper CHECK (ship_from_country = upper(ship_from_country)), 
	CONSTRAINT fk_listing_version_listing_id FOREIGN KEY(listing_id) REFERENCES listing (id), 
	CONSTRAINT fk_listing_version_seller_id FOREIGN KEY(seller_id) REFERENCES seller (id), 
	CONSTRAINT uq_listing_version_listing_id_version UNIQUE (listing_id, version)
);
INSERT INTO "listing_version" VALUES(1,1,'6141b38a6aaade50ef9414f84ec5fdb359609cf4a0b8566b506b95a686ce2e19','Mukena bordir','https://www.lazada.co.id/products/i10101.html?spm=a2o4j','https://id-live.slatic.net/p/10101.jpg',12990000,100,'IDR',1,'Toko Rahasia Guangzhou',0,'Luar Negeri','CN',1,NULL,'3030','Fashion > Muslim','No Brand');
INSERT INTO "listing_version" VALUES(2,2,'c2f3b777cc1ab8b978dc5caeaf35ca1487cbc431c62b6621a1afb6436a4aab6a','Gamis toko rahasia guangzhou (asli)','https://www.lazada.co.id/products/i10202.html?spm=a2o4j','https://id-live.slatic.net/p/10202.jpg',12990000,100,'IDR',1,'Toko Rahasia Guangzhou',0,'Luar Negeri','CN',1,NULL,'3030','Fashion > Muslim','No Brand');
CREATE TABLE observation (
	id INTEGER NOT NULL, 
	response_id INTEGER NOT NULL, 
	unit_id TEXT, 
	listing_version_id INTEGER NOT NULL, 
	parser TEXT NOT NULL, 
	place INTEGER NOT NULL, 
	rank INTEGER, 
	sponsored BOOLEAN, 
	sold INTEGER, 
	rating DOUBLE, 
	week VARCHAR(8), 
	observed_at DATETIME, 
	CONSTRAINT pk_observation PRIMARY KEY (id), 
	CONSTRAINT ck_observation_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT ck_observation_place_from_1 CHECK (place >= 1), 
	CONSTRAINT ck_observation_sold_range CHECK (sold >= 0), 
	CONSTRAINT fk_observation_listing_version_id FOREIGN KEY(listing_version_id) REFERENCES listing_version (id), 
	CONSTRAINT fk_observation_response_id FOREIGN KEY(response_id) REFERENCES response (id), 
	CONSTRAINT fk_observation_unit_id FOREIGN KEY(unit_id) REFERENCES sample_unit (id), 
	CONSTRAINT uq_observation_response_id_parser_place UNIQUE (response_id, parser, place)
);
INSERT INTO "observation" VALUES(1,1,'2026-W47/lazada/kata-0/1',1,'1',1,1,0,12,4.5,'2026-W47','2026-11-16 15:00:00.000000');
INSERT INTO "observation" VALUES(2,1,'2026-W47/lazada/kata-0/1',2,'1',2,2,0,12,4.5,'2026-W47','2026-11-16 15:00:00.000000');
CREATE TABLE permission (
	id INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	who TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	granted_on DATE NOT NULL, 
	paths JSON NOT NULL, 
	until DATE, 
	CONSTRAINT pk_permission PRIMARY KEY (id), 
	CONSTRAINT uq_permission_platform_reference_granted_on UNIQUE (platform, reference, granted_on)
);
CREATE TABLE "plan" (
	week VARCHAR(8) NOT NULL, 
	frame_version TEXT NOT NULL, 
	seed INTEGER NOT NULL, 
	drawn_at DATETIME NOT NULL, 
	shortfalls JSON NOT NULL, 
	CONSTRAINT pk_plan PRIMARY KEY (week), 
	CONSTRAINT ck_plan_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT fk_plan_frame_version FOREIGN KEY(frame_version) REFERENCES frame_version (version)
);
INSERT INTO "plan" VALUES('2026-W47','f1',20210803,'2026-11-16 12:00:00.000000','[]');
CREATE TABLE platform (
	id TEXT NOT NULL, 
	name TEXT, 
	role TEXT, 
	country VARCHAR(2), 
	currency VARCHAR(3), 
	closed_on DATE, 
	CONSTRAINT pk_platform PRIMARY KEY (id), 
	CONSTRAINT ck_platform_country_length CHECK (length(country) = 2), 
	CONSTRAINT ck_platform_currency_length CHECK (length(currency) = 3)
);
INSERT INTO "platform" VALUES('lazada',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE policy_version (
	sha256 VARCHAR(64) NOT NULL, 
	policy TEXT NOT NULL, 
	title_id TEXT NOT NULL, 
	title_en TEXT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	scope VARCHAR(24) NOT NULL, 
	verification VARCHAR(24) NOT NULL, 
	in_force_from DATETIME, 
	in_force_until DATETIME, 
	confirmed_by TEXT, 
	document TEXT NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT pk_policy_version PRIMARY KEY (sha256), 
	CONSTRAINT ck_policy_version_policykind CHECK (kind IN ('promise', 'regulation', 'closure', 'context')), 
	CONSTRAINT ck_policy_version_policyscope CHECK (scope IN ('seller_cross_border', 'price_floor', 'information_duty', 'platform')), 
	CONSTRAINT ck_policy_version_verification CHECK (verification IN ('gazette', 'press', 'unverified'))
);
CREATE TABLE "response" (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	unit_id TEXT, 
	week VARCHAR(8), 
	origin VARCHAR(24) NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	reason TEXT, 
	url TEXT NOT NULL, 
	received_url TEXT, 
	observed_at DATETIME, 
	status INTEGER, 
	content_type TEXT, 
	size INTEGER, 
	sha256 VARCHAR(64), 
	sha256_kept VARCHAR(64), 
	evidence TEXT, 
	total_results INTEGER, 
	parser TEXT NOT NULL, 
	robots_allowed BOOLEAN, 
	robots_url TEXT, 
	robots_rule TEXT, 
	robots_fetched_at DATETIME, 
	robots_permission TEXT, 
	foreign_results INTEGER, 
	CONSTRAINT pk_response PRIMARY KEY (id), 
	CONSTRAINT ck_response_kind_known CHECK (kind IN ('page', 'detail')), 
	CONSTRAINT ck_response_origin CHECK (origin IN ('live', 'saved', 'simulated')), 
	CONSTRAINT ck_response_sha256_length CHECK (length(sha256) = 64), 
	CONSTRAINT ck_response_status_range CHECK (status BETWEEN 100 AND 999), 
	CONSTRAINT ck_response_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT ck_response_unitstate CHECK (state IN ('planned', 'sampled', 'empty', 'blocked', 'disallowed', 'unreachable', 'unparseable')), 
	CONSTRAINT ck_response_sha256_kept_length CHECK (length(sha256_kept) = 64), 
	CONSTRAINT ck_response_state_final CHECK (state <> 'planned'), 
	CONSTRAINT fk_response_unit_id FOREIGN KEY(unit_id) REFERENCES sample_unit (id), 
	CONSTRAINT ck_response_total_results_range CHECK (total_results >= 0), 
	CONSTRAINT fk_response_platform FOREIGN KEY(platform) REFERENCES platform (id), 
	CONSTRAINT ck_response_size_range CHECK (size >= 0), 
	CONSTRAINT fk_response_run_id FOREIGN KEY(run_id) REFERENCES run (id), 
	CONSTRAINT ck_response_foreign_results_range CHECK (foreign_results >= 0)
);
INSERT INTO "response" VALUES(1,1,'lazada','page','2026-W47/lazada/kata-0/1','2026-W47','live','sampled',NULL,'https://www.lazada.co.id/catalog/?q=mukena+0&page=1','https://www.lazada.co.id/catalog/','2026-11-16 15:00:00.000000',200,'text/html',4,'3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274',NULL,'lazada-1.warc.gz#0',4000,'1',1,'https://www.lazada.co.id/robots.txt',NULL,'2026-11-16 15:00:00.000000',NULL,NULL);
CREATE TABLE run (
	id INTEGER NOT NULL, 
	job TEXT NOT NULL, 
	origin VARCHAR(24) NOT NULL, 
	week VARCHAR(8), 
	platform TEXT, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	outcome VARCHAR(24) NOT NULL, 
	reason TEXT, 
	versions JSON NOT NULL, 
	counts JSON NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT ck_run_finished CHECK ((outcome = 'running') = (finished_at IS NULL)), 
	CONSTRAINT ck_run_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT ck_run_origin CHECK (origin IN ('live', 'saved', 'simulated')), 
	CONSTRAINT ck_run_runoutcome CHECK (outcome IN ('running', 'done', 'stopped', 'failed', 'missed'))
);
INSERT INTO "run" VALUES(1,'crawl','live',NULL,NULL,'2026-11-16 15:00:00.000000',NULL,'running',NULL,'{}','{}');
CREATE TABLE "sample_unit" (
	id TEXT NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	platform TEXT NOT NULL, 
	entry_id INTEGER NOT NULL, 
	page INTEGER NOT NULL, 
	url TEXT NOT NULL, 
	url_key TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	probability DOUBLE NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	reason TEXT, 
	observed_at DATETIME, 
	total_results INTEGER, 
	robots_allowed BOOLEAN, 
	robots_url TEXT, 
	robots_rule TEXT, 
	robots_fetched_at DATETIME, 
	robots_permission TEXT, 
	foreign_results INTEGER, 
	CONSTRAINT pk_sample_unit PRIMARY KEY (id), 
	CONSTRAINT uq_sample_unit_week_entry_id_page UNIQUE (week, entry_id, page), 
	CONSTRAINT ck_sample_unit_total_results_range CHECK (total_results >= 0), 
	CONSTRAINT ck_sample_unit_unitstate CHECK (state IN ('planned', 'sampled', 'empty', 'blocked', 'disallowed', 'unreachable', 'unparseable')), 
	CONSTRAINT fk_sample_unit_week FOREIGN KEY(week) REFERENCES "plan" (week), 
	CONSTRAINT uq_sample_unit_week_platform_position UNIQUE (week, platform, position), 
	CONSTRAINT ck_sample_unit_probability_range CHECK (probability > 0 AND probability <= 1), 
	CONSTRAINT fk_sample_unit_entry_id FOREIGN KEY(entry_id) REFERENCES entry (id), 
	CONSTRAINT ck_sample_unit_page_from_1 CHECK (page >= 1), 
	CONSTRAINT fk_sample_unit_platform FOREIGN KEY(platform) REFERENCES platform (id), 
	CONSTRAINT ck_sample_unit_foreign_results_range CHECK (foreign_results >= 0)
);
INSERT INTO "sample_unit" VALUES('2026-W47/lazada/kata-0/1','2026-W47','lazada',1,1,'https://www.lazada.co.id/catalog/?q=mukena+0&page=1','lazada.co.id/catalog',0,0.5,'sampled',NULL,'2026-11-16 15:00:00.000000',4000,1,'https://www.lazada.co.id/robots.txt',NULL,'2026-11-16 15:00:00.000000',NULL,NULL);
INSERT INTO "sample_unit" VALUES('2026-W47/lazada/kata-1/1','2026-W47','lazada',2,1,'https://www.lazada.co.id/catalog/?q=mukena+1&page=1','lazada.co.id/catalog',1,0.5,'planned',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "sample_unit" VALUES('2026-W47/lazada/kata-2/1','2026-W47','lazada',3,1,'https://www.lazada.co.id/catalog/?q=mukena+2&page=1','lazada.co.id/catalog',2,0.5,'planned',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE screen (
	observation_id INTEGER NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	classification_id INTEGER NOT NULL, 
	stratum VARCHAR(24) NOT NULL, 
	CONSTRAINT pk_screen PRIMARY KEY (observation_id), 
	CONSTRAINT ck_screen_week_form CHECK (week LIKE '____-W__'), 
	CONSTRAINT fk_screen_classification_id FOREIGN KEY(classification_id) REFERENCES classification (id), 
	CONSTRAINT fk_screen_observation_id FOREIGN KEY(observation_id) REFERENCES observation (id), 
	CONSTRAINT ck_screen_screenstratum CHECK (stratum IN ('flagged', 'unknown', 'domestic'))
);
INSERT INTO "screen" VALUES(1,'2026-W47',1,'flagged');
INSERT INTO "screen" VALUES(2,'2026-W47',2,'flagged');
CREATE TABLE seller (
	id INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	seller TEXT NOT NULL, 
	CONSTRAINT pk_seller PRIMARY KEY (id), 
	CONSTRAINT fk_seller_platform FOREIGN KEY(platform) REFERENCES platform (id), 
	CONSTRAINT uq_seller_platform_seller UNIQUE (platform, seller)
);
INSERT INTO "seller" VALUES(1,'lazada','770077');
CREATE TABLE store_origin (
	id INTEGER NOT NULL, 
	simulated BOOLEAN NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_store_origin PRIMARY KEY (id), 
	CONSTRAINT ck_store_origin_one_row CHECK (id = 1)
);
INSERT INTO "store_origin" VALUES(1,0,'2026-11-26 04:35:28.224922');
CREATE INDEX ix_policy_version_policy ON policy_version (policy);
CREATE INDEX ix_run_job_week_platform ON run (job, week, platform);
CREATE INDEX ix_listing_version_seller_id ON listing_version (seller_id);
CREATE INDEX ix_classification_classifier ON classification (classifier);
CREATE INDEX ix_label_week ON label (week);
CREATE INDEX ix_detail_visit_listing_id ON detail_visit (listing_id);
CREATE INDEX ix_detail_visit_week ON detail_visit (week);
CREATE INDEX ix_observation_listing_version_id_week ON observation (listing_version_id, week);
CREATE INDEX ix_observation_unit_id ON observation (unit_id);
CREATE INDEX ix_observation_week ON observation (week);
CREATE INDEX ix_draw_item_observation_id ON draw_item (observation_id);
CREATE INDEX ix_screen_week ON screen (week);
CREATE INDEX ix_sample_unit_week_platform_url_key ON sample_unit (week, platform, url_key);
CREATE INDEX ix_response_unit_id ON response (unit_id);
CREATE INDEX ix_response_sha256 ON response (sha256);
CREATE INDEX ix_response_week_kind_platform ON response (week, kind, platform);
CREATE VIEW observations AS SELECT
  o.week AS week,
  l.platform AS platform,
  e.cluster AS cluster,
  c.category AS category,
  c.cluster AS listing_cluster,
  c.cluster_score AS cluster_score,
  c.cross_border AS cross_border,
  c.cross_border_score AS cross_border_score,
  c.imported_goods AS imported_goods,
  c.signals AS signals,
  c.classifier AS classifier,
  l.item AS item_id,
  v.title AS title,
  v.price_minor * 1.0 / v.minor_per_unit AS price,
  v.currency AS currency,
  s.seller AS seller_id,
  v.seller_name AS seller_name,
  v.official_store AS official_store,
  v.ship_from AS ship_from,
  v.ship_from_country AS ship_from_country,
  v.cross_border_flag AS cross_border_flag,
  v.imported_flag AS imported_flag,
  v.category_path AS platform_category,
  v.brand AS brand,
  v.url AS url,
  v.image_url AS image_url,
  v.version AS version,
  e.stratum AS stratum,
  e.entry AS entry,
  e.query AS query,
  u.page AS page,
  o.rank AS rank,
  o.sponsored AS sponsored,
  o.sold AS sold,
  o.rating AS rating,
  o.observed_at AS observed_at,
  r.origin AS origin,
  o.unit_id AS unit_id,
  u.probability AS probability,
  e.weight AS weight,
  o.id AS observation_id,
  r.sha256 AS response_sha256,
  r.evidence AS evidence
FROM observation o 
JOIN response r ON r.id = o.response_id
JOIN listing_version v ON v.id = o.listing_version_id
JOIN listing l ON l.id = v.listing_id
LEFT JOIN seller s ON s.id = v.seller_id
LEFT JOIN sample_unit u ON u.id = o.unit_id
LEFT JOIN entry e ON e.id = u.entry_id
LEFT JOIN classification c ON c.id =
  (SELECT max(k.id) FROM classification k WHERE k.listing_version_id = v.id)
 WHERE o.parser = r.parser;
CREATE VIEW listings AS SELECT
  l.platform AS platform,
  c.cluster AS cluster,
  c.category AS category,
  c.cluster_score AS cluster_score,
  c.cross_border AS cross_border,
  c.cross_border_score AS cross_border_score,
  c.imported_goods AS imported_goods,
  c.signals AS signals,
  c.classifier AS classifier,
  l.item AS item_id,
  v.title AS title,
  v.price_minor * 1.0 / v.minor_per_unit AS price,
  v.currency AS currency,
  s.seller AS seller_id,
  v.seller_name AS seller_name,
  v.official_store AS official_store,
  v.ship_from AS ship_from,
  v.ship_from_country AS ship_from_country,
  v.cross_border_flag AS cross_border_flag,
  v.imported_flag AS imported_flag,
  v.category_path AS platform_category,
  v.brand AS brand,
  v.url AS url,
  v.image_url AS image_url,
  v.version AS version,
  seen.first_week AS first_week,
  seen.last_week AS last_week,
  seen.weeks AS weeks,
  seen.places AS places,
  seen.versions AS versions
FROM listing l
JOIN (
  SELECT w.listing_id, max(w.id) AS newest, count(DISTINCT w.id) AS versions,
    min(o.week) AS first_week, max(o.week) AS last_week, count(DISTINCT o.week) AS weeks,
    count(o.id) AS places
  FROM listing_version w
  LEFT JOIN (
    SELECT p.id, p.week, p.listing_version_id FROM observation p
    JOIN response r ON r.id = p.response_id AND r.parser = p.parser
  ) o ON o.listing_version_id = w.id
  GROUP BY w.listing_id
) seen ON seen.listing_id = l.id
JOIN listing_version v ON v.id = seen.newest
LEFT JOIN seller s ON s.id = v.seller_id
LEFT JOIN classification c ON c.id =
  (SELECT max(k.id) FROM classification k WHERE k.listing_version_id = v.id);
CREATE VIEW screenings AS SELECT
  o.week AS week,
  l.platform AS platform,
  e.cluster AS cluster,
  f.stratum AS screen,
  c.category AS category,
  c.cluster AS listing_cluster,
  c.cluster_score AS cluster_score,
  c.cross_border AS cross_border,
  c.cross_border_score AS cross_border_score,
  c.imported_goods AS imported_goods,
  c.signals AS signals,
  c.classifier AS classifier,
  l.item AS item_id,
  v.title AS title,
  v.price_minor * 1.0 / v.minor_per_unit AS price,
  v.currency AS currency,
  s.seller AS seller_id,
  v.seller_name AS seller_name,
  v.official_store AS official_store,
  v.ship_from AS ship_from,
  v.ship_from_country AS ship_from_country,
  v.cross_border_flag AS cross_border_flag,
  v.imported_flag AS imported_flag,
  v.category_path AS platform_category,
  v.brand AS brand,
  v.url AS url,
  v.image_url AS image_url,
  v.version AS version,
  e.stratum AS stratum,
  e.entry AS entry,
  e.query AS query,
  u.page AS page,
  o.rank AS rank,
  o.sponsored AS sponsored,
  o.sold AS sold,
  o.rating AS rating,
  o.observed_at AS observed_at,
  r.origin AS origin,
  o.unit_id AS unit_id,
  u.probability AS probability,
  e.weight AS weight,
  o.id AS observation_id,
  r.sha256 AS response_sha256,
  r.evidence AS evidence
FROM screen f JOIN observation o ON o.id = f.observation_id 
JOIN response r ON r.id = o.response_id
JOIN listing_version v ON v.id = o.listing_version_id
JOIN listing l ON l.id = v.listing_id
LEFT JOIN seller s ON s.id = v.seller_id
LEFT JOIN sample_unit u ON u.id = o.unit_id
LEFT JOIN entry e ON e.id = u.entry_id
JOIN classification c ON c.id = f.classification_id;
CREATE VIEW estimates AS SELECT
  n.week AS week,
  k.platform AS platform,
  k.cluster AS cluster,
  k.policy AS policy,
  k.is_primary AS is_primary,
  n.kind AS edition,
  n.as_of AS as_of,
  k.planned AS planned,
  k.sampled AS sampled,
  k.places AS places,
  k.flagged AS flagged,
  k.suspected AS suspected,
  k.audited AS audited,
  k.confirmed AS confirmed,
  k.coverage AS coverage,
  k.estimate AS estimate,
  k.low AS low,
  k.high AS high,
  k.tolerance AS tolerance,
  k.verdict AS verdict
FROM cell k
JOIN edition n ON n.id = k.edition_id
WHERE NOT EXISTS (
  SELECT 1 FROM edition later
  WHERE later.week = n.week
    AND (later.as_of > n.as_of OR (later.as_of = n.as_of AND later.id > n.id))
);
CREATE VIEW units AS SELECT
  u.week AS week,
  u.platform AS platform,
  e.cluster AS cluster,
  e.stratum AS stratum,
  e.entry AS entry,
  e.kind AS kind,
  e.query AS query,
  u.page AS page,
  u.position AS position,
  u.probability AS probability,
  e.weight AS weight,
  u.state AS state,
  u.reason AS reason,
  u.observed_at AS observed_at,
  u.total_results AS total_results,
  u.foreign_results AS foreign_results,
  u.robots_allowed AS robots_allowed,
  u.url AS page_url,
  u.id AS unit_id
FROM sample_unit u JOIN entry e ON e.id = u.entry_id;
CREATE VIEW weekly_units AS SELECT
  u.week AS week,
  u.platform AS platform,
  e.cluster AS cluster,
  e.stratum AS stratum,
  count(*) AS units,
  sum(CASE WHEN u.state = 'sampled' THEN 1 ELSE 0 END) AS sampled,
  sum(CASE WHEN u.state = 'empty' THEN 1 ELSE 0 END) AS empty,
  sum(CASE WHEN u.state = 'blocked' THEN 1 ELSE 0 END) AS blocked,
  sum(CASE WHEN u.state = 'disallowed' THEN 1 ELSE 0 END) AS disallowed,
  sum(CASE WHEN u.state = 'unreachable' THEN 1 ELSE 0 END) AS unreachable,
  sum(CASE WHEN u.state = 'unparseable' THEN 1 ELSE 0 END) AS unparseable,
  sum(CASE WHEN u.state = 'planned' THEN 1 ELSE 0 END) AS not_fetched
FROM sample_unit u JOIN entry e ON e.id = u.entry_id GROUP BY u.week, u.platform, e.cluster, e.stratum;
CREATE VIEW sellers AS SELECT
  s.platform AS platform,
  s.seller AS seller_id,
  v.seller_name AS seller_name,
  v.official_store AS official_store,
  seen.listings AS listings
FROM seller s
JOIN (
  SELECT w.seller_id, max(w.id) AS newest, count(DISTINCT w.listing_id) AS listings
  FROM listing_version w GROUP BY w.seller_id
) seen ON seen.seller_id = s.id
JOIN listing_version v ON v.id = seen.newest;
CREATE VIEW visits AS SELECT
  d.week AS week,
  l.platform AS platform,
  l.item AS item_id,
  v.title AS title,
  v.price_minor * 1.0 / v.minor_per_unit AS price,
  v.currency AS currency,
  s.seller AS seller_id,
  v.seller_name AS seller_name,
  v.official_store AS official_store,
  v.ship_from AS ship_from,
  v.ship_from_country AS ship_from_country,
  v.cross_border_flag AS cross_border_flag,
  v.imported_flag AS imported_flag,
  v.category_path AS platform_category,
  v.brand AS brand,
  v.url AS url,
  v.image_url AS image_url,
  v.version AS version,
  r.state AS state,
  r.reason AS reason,
  r.observed_at AS visited_at,
  r.sha256 AS response_sha256,
  d.screenshot AS screenshot,
  d.screenshot_sha256 AS screenshot_sha256
FROM detail_visit d
JOIN response r ON r.id = d.response_id
JOIN listing l ON l.id = d.listing_id
LEFT JOIN listing_version v ON v.id = d.listing_version_id
LEFT JOIN seller s ON s.id = v.seller_id;
CREATE VIEW labels AS SELECT
  j.week AS week,
  l.platform AS platform,
  l.item AS item_id,
  v.title AS title,
  v.version AS version,
  j.annotator AS annotator,
  j.kind AS kind,
  j.at AS judged_at,
  j.cross_border AS foreign_seller,
  j.cluster AS cluster,
  j.category AS category,
  j.note AS note
FROM label j
JOIN listing_version v ON v.id = j.listing_version_id
JOIN listing l ON l.id = v.listing_id;
CREATE TRIGGER label_update BEFORE UPDATE ON label BEGIN SELECT RAISE(ABORT, 'label rows are only ever appended'); END;
CREATE TRIGGER label_delete BEFORE DELETE ON label BEGIN SELECT RAISE(ABORT, 'label rows are only ever appended'); END;
CREATE TRIGGER draw_update BEFORE UPDATE ON draw BEGIN SELECT RAISE(ABORT, 'draw rows are only ever appended'); END;
CREATE TRIGGER draw_delete BEFORE DELETE ON draw BEGIN SELECT RAISE(ABORT, 'draw rows are only ever appended'); END;
CREATE TRIGGER draw_item_update BEFORE UPDATE ON draw_item BEGIN SELECT RAISE(ABORT, 'draw_item rows are only ever appended'); END;
CREATE TRIGGER draw_item_delete BEFORE DELETE ON draw_item BEGIN SELECT RAISE(ABORT, 'draw_item rows are only ever appended'); END;
CREATE TRIGGER edition_update BEFORE UPDATE ON edition BEGIN SELECT RAISE(ABORT, 'edition rows are only ever appended'); END;
CREATE TRIGGER edition_delete BEFORE DELETE ON edition BEGIN SELECT RAISE(ABORT, 'edition rows are only ever appended'); END;
CREATE TRIGGER cell_update BEFORE UPDATE ON cell BEGIN SELECT RAISE(ABORT, 'cell rows are only ever appended'); END;
CREATE TRIGGER cell_delete BEFORE DELETE ON cell BEGIN SELECT RAISE(ABORT, 'cell rows are only ever appended'); END;
CREATE TRIGGER screen_insert BEFORE INSERT ON screen WHEN EXISTS (SELECT 1 FROM draw WHERE draw.week = NEW.week) BEGIN SELECT RAISE(ABORT, 'the audit of this week is drawn, its screen stands'); END;
CREATE TRIGGER screen_update BEFORE UPDATE ON screen WHEN EXISTS (SELECT 1 FROM draw WHERE draw.week = OLD.week) BEGIN SELECT RAISE(ABORT, 'the audit of this week is drawn, its screen stands'); END;
CREATE TRIGGER screen_delete BEFORE DELETE ON screen WHEN EXISTS (SELECT 1 FROM draw WHERE draw.week = OLD.week) BEGIN SELECT RAISE(ABORT, 'the audit of this week is drawn, its screen stands'); END;
COMMIT;
