BEGIN TRANSACTION;
CREATE TABLE api_keys (
	key_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	scopes VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	CONSTRAINT pk_api_keys PRIMARY KEY (key_id)
);
CREATE TABLE assessments (
	learner_id VARCHAR NOT NULL, 
	competency_id VARCHAR NOT NULL, 
	score DOUBLE NOT NULL, 
	occurred_at BIGINT NOT NULL, 
	assessment_id VARCHAR NOT NULL, 
	scale_min DOUBLE, 
	scale_max DOUBLE, 
	source VARCHAR, 
	instrument VARCHAR, 
	item_id VARCHAR, 
	reversed SMALLINT, 
	session_id VARCHAR, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_assessments PRIMARY KEY (assessment_id), 
	CONSTRAINT fk_assessments_learner_id FOREIGN KEY(learner_id) REFERENCES learners (learner_id)
);
INSERT INTO "assessments" VALUES('E1','listening',50.0,1772355600000000,'80642d728a0fbadea29fac62',0.0,100.0,'test',NULL,NULL,0,NULL,1);
CREATE TABLE competencies (
	competency_id VARCHAR NOT NULL, 
	name_en VARCHAR, 
	name_zh VARCHAR, 
	parent_id VARCHAR, 
	description_en VARCHAR, 
	description_zh VARCHAR, 
	origin VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_competencies PRIMARY KEY (competency_id)
);
INSERT INTO "competencies" VALUES('listening','Listening','倾听',NULL,'','','shipped',0);
CREATE TABLE decisions (
	learner_id VARCHAR NOT NULL, 
	day VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	seq BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	modules VARCHAR NOT NULL, 
	propensities VARCHAR NOT NULL, 
	scores VARCHAR NOT NULL, 
	eligible VARCHAR NOT NULL, 
	decided_at BIGINT NOT NULL, 
	CONSTRAINT pk_decisions PRIMARY KEY (learner_id, day, version, seq, revision), 
	CONSTRAINT fk_decisions_learner_id FOREIGN KEY(learner_id) REFERENCES learners (learner_id)
);
CREATE TABLE departments (
	department_id VARCHAR NOT NULL, 
	name VARCHAR, 
	parent_id VARCHAR, 
	CONSTRAINT pk_departments PRIMARY KEY (department_id)
);
CREATE TABLE feedback (
	learner_id VARCHAR NOT NULL, 
	competency_id VARCHAR NOT NULL, 
	rating DOUBLE NOT NULL, 
	occurred_at BIGINT NOT NULL, 
	feedback_id VARCHAR NOT NULL, 
	rater_id VARCHAR, 
	rater_department_id VARCHAR, 
	relation VARCHAR, 
	scale_min DOUBLE, 
	scale_max DOUBLE, 
	form_id VARCHAR, 
	item_id VARCHAR, 
	reversed SMALLINT, 
	comment VARCHAR, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_feedback PRIMARY KEY (feedback_id), 
	CONSTRAINT fk_feedback_learner_id FOREIGN KEY(learner_id) REFERENCES learners (learner_id)
);
INSERT INTO "feedback" VALUES('E1','listening',3.0,1772355600000000,'5b41abc9a0e654cdcd6f58c7','R1',NULL,'peer',1.0,5.0,NULL,NULL,0,'有耐心',2);
CREATE TABLE imports (
	import_id INTEGER NOT NULL, 
	file VARCHAR NOT NULL, 
	"table" VARCHAR NOT NULL, 
	rows BIGINT NOT NULL, 
	set_aside BIGINT NOT NULL, 
	set_aside_file VARCHAR, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_imports PRIMARY KEY (import_id)
);
CREATE TABLE interactions (
	learner_id VARCHAR NOT NULL, 
	module_id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	occurred_at BIGINT NOT NULL, 
	interaction_id VARCHAR NOT NULL, 
	reason VARCHAR, 
	pre_score DOUBLE, 
	post_score DOUBLE, 
	score_min DOUBLE, 
	score_max DOUBLE, 
	satisfaction DOUBLE, 
	minutes DOUBLE, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_interactions PRIMARY KEY (interaction_id), 
	CONSTRAINT fk_interactions_learner_id FOREIGN KEY(learner_id) REFERENCES learners (learner_id)
);
INSERT INTO "interactions" VALUES('E1','m1','completed',1772355600000000,'4e4cfab2dc13728b8fbcc100',NULL,NULL,NULL,0.0,100.0,NULL,NULL,3);
CREATE TABLE learner_states (
	learner_id VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	seq BIGINT NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_learner_states PRIMARY KEY (learner_id, version), 
	CONSTRAINT fk_learner_states_learner_id FOREIGN KEY(learner_id) REFERENCES learners (learner_id)
);
INSERT INTO "learner_states" VALUES('E1','v1',3,X'0001');
CREATE TABLE learners (
	learner_id VARCHAR NOT NULL, 
	name VARCHAR, 
	department_id VARCHAR, 
	role VARCHAR, 
	level VARCHAR, 
	location VARCHAR, 
	language VARCHAR, 
	manager_id VARCHAR, 
	hired_on VARCHAR, 
	active SMALLINT, 
	email VARCHAR, 
	"group" VARCHAR, 
	seq BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_learners PRIMARY KEY (learner_id)
);
INSERT INTO "learners" VALUES('E1','李雷','D1','nurse',NULL,NULL,NULL,NULL,NULL,1,NULL,NULL,3);
CREATE TABLE modules (
	module_id VARCHAR NOT NULL, 
	title_en VARCHAR, 
	title_zh VARCHAR, 
	description_en VARCHAR, 
	description_zh VARCHAR, 
	competencies VARCHAR, 
	level BIGINT, 
	method VARCHAR, 
	delivery VARCHAR, 
	minutes DOUBLE, 
	prerequisites VARCHAR, 
	capacity BIGINT, 
	url VARCHAR, 
	language VARCHAR, 
	active SMALLINT, 
	origin VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_modules PRIMARY KEY (module_id)
);
INSERT INTO "modules" VALUES('m1','One','一',NULL,NULL,'listening:1',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,1,'shipped',0);
CREATE TABLE outcomes (
	department_id VARCHAR NOT NULL, 
	metric VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	value DOUBLE NOT NULL, 
	direction VARCHAR, 
	kind VARCHAR, 
	CONSTRAINT pk_outcomes PRIMARY KEY (department_id, metric, period)
);
CREATE TABLE recommender_schema (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT recommender_schema_pkc PRIMARY KEY (version_num)
);
INSERT INTO "recommender_schema" VALUES('0002');
CREATE TABLE services (
	supplier_department_id VARCHAR NOT NULL, 
	customer_department_id VARCHAR NOT NULL, 
	service VARCHAR NOT NULL, 
	CONSTRAINT pk_services PRIMARY KEY (supplier_department_id, customer_department_id, service)
);
CREATE TABLE settings (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	CONSTRAINT pk_settings PRIMARY KEY ("key")
);
INSERT INTO "settings" VALUES('secret','d0172a7ec978216c80c9c0480d140d017811a499d250dff5b24fc1d9d6324733');
INSERT INTO "settings" VALUES('catalogue_revision','1');
CREATE TABLE targets (
	competency_id VARCHAR NOT NULL, 
	target DOUBLE NOT NULL, 
	role VARCHAR NOT NULL, 
	CONSTRAINT pk_targets PRIMARY KEY (competency_id, role)
);
CREATE TABLE tombstones (
	digest VARCHAR NOT NULL, 
	erased_at BIGINT NOT NULL, 
	CONSTRAINT pk_tombstones PRIMARY KEY (digest)
);
CREATE INDEX ix_learners_manager_id ON learners (manager_id);
CREATE INDEX ix_assessments_learner_id_occurred_at ON assessments (learner_id, occurred_at);
CREATE INDEX ix_feedback_learner_id_occurred_at ON feedback (learner_id, occurred_at);
CREATE INDEX ix_feedback_rater_id ON feedback (rater_id);
CREATE INDEX ix_interactions_learner_id_occurred_at ON interactions (learner_id, occurred_at);
CREATE INDEX ix_interactions_holding ON interactions (module_id, occurred_at) WHERE status IN ('enrolled', 'started');
COMMIT;
