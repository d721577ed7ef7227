package io.evenkeel.zones;

/** The bounds of this module, each with its reason. What is above one is refused, never cut. */
public final class ZoneLimits {
    /** One encoded command. A quarter of what the log accepts, so that entries stay short and replication even. */
    public static final int MAX_COMMAND_BYTES = 1 << 20;

    /** Changes that share one command: beyond it a longer batch no longer pays, and each waits for the whole of it. */
    public static final int MAX_BATCH_CHANGES = 1_000;

    /** Edits of RRsets in one change; a zone transferred whole is a replacement, not a list of edits. */
    public static final int MAX_EDITS = 10_000;

    /**
     * Names from which on a change that takes more than the guarded share of them has to be meant: who has fewer sees them all in a list, and takes
     * half of them by hand.
     */
    public static final int GUARDED_NAMES = 50;

    /** One staged chunk, deflated: with its frame it is half a command. */
    public static final int CHUNK_BYTES = 512 << 10;

    /** One staged chunk, inflated. Deflate reaches 1000:1, so half a megabyte could otherwise become half a gigabyte. */
    public static final int MAX_CHUNK_RECORD_BYTES = 8 << 20;

    /** Chunks of one stage: each append copies the list of them. */
    public static final int MAX_STAGE_CHUNKS = 1_024;

    /** Stages at one time: each import holds one, and an import takes seconds. */
    public static final int MAX_STAGES = 8;

    /** All staged chunks together, deflated, since every replica and every snapshot holds them. */
    public static final long MAX_STAGED_BYTES = 128L << 20;

    /** The records of one zone in wire form, which all replicas must be able to inflate and build at once. */
    public static final long MAX_ZONE_BYTES = 256L << 20;

    /** Records of one zone: twice the largest that this server is measured with, which is read in a heap of 200 MB. */
    public static final int MAX_ZONE_RECORDS = 2_000_000;

    /** Zones: each is one entry of a sorted table that a change copies. */
    public static final int MAX_ZONES = 10_000;

    /**
     * Octets of heap of a zone's objects beside its names and records, with its place in a catalog: measured.
     */
    public static final int ZONE_OCTETS = 400;

    /** Records of a change for which the last of the memory is kept: a host with all its addresses, a certificate's challenges. */
    public static final int SMALL_CHANGE_RECORDS = 100;

    /** Settings of the cluster: a change copies the table of them. */
    public static final int MAX_SETTINGS = 10_000;

    /** One setting: a key, a list of addresses, a hash; what is larger is a zone. */
    public static final int MAX_SETTING_BYTES = 16 << 10;

    /** Characters of kind and name of a setting: a domain name and some more. */
    public static final int MAX_SETTING_NAME = 300;

    /** Ticks without a further chunk after which a stage is dropped: ten minutes at one tick in ten seconds. */
    public static final int STAGE_TICKS = 60;

    /**
     * Request ids whose outcome is remembered. A change is asked again for as long as its client waits (10 s) after the leader
     * has waited for an outcome (10 s): 2,500 changes a second fit.
     */
    public static final int REQUEST_RING = 50_000;

    /**
     * Octets of the history of changes, of all zones: a change of a record takes some 200, so that it holds some hundred thousand. It
     * takes part in each snapshot as a whole.
     */
    public static final long HISTORY_OCTETS = 64L << 20;

    /** Of what a member has for zones, the part that the history may take on the smallest: zones come first. */
    public static final int HISTORY_MEMORY_SHARE = 8;

    /** Of the history, the part that one zone may take: one that changes all the time leaves the others theirs. */
    public static final int HISTORY_ZONE_SHARE = 4;

    /** Octets of records with which a zone was made, in the history: those of a large zone can be read in the zone. */
    public static final int HISTORY_CREATION_OCTETS = 64 << 10;

    /** Ticks for which a deleted zone can be brought back, if its records are kept: a week at one tick in ten seconds. */
    public static final long UNDELETE_TICKS = 60_480;

    /** Problems of one zone that are listed; who has more has one mistake many times. */
    public static final int MAX_PROBLEMS = 100;

    /** Problems after which the rest of a file is not read: it is not a zone file. */
    public static final int MAX_COUNTED_PROBLEMS = 500;

    /** Characters of one entry of a zone file: the largest RDATA, every octet written as {@code \DDD}, and some more. */
    public static final int MAX_ENTRY_CHARS = 320_000;

    /** Characters of a zone file and all that it includes: 100 for each of the most records, some with long names. */
    public static final long MAX_ZONE_FILE_CHARS = 1L << 30;

    /** {@code $INCLUDE} within {@code $INCLUDE}: a file that includes itself must end. */
    public static final int MAX_INCLUDE_DEPTH = 8;

    /** Files that one zone includes: a short file that includes itself often must end, too. */
    public static final int MAX_INCLUDES = 1_000;

    /** Records of one {@code $GENERATE}: a reverse zone of 16 bits. */
    public static final int MAX_GENERATED = 65_536;

    /** Characters that all {@code $GENERATE}s of a zone file write: 32 for each of the most records, so that a line is no bomb. */
    public static final int MAX_GENERATED_CHARS = 64 << 20;

    private ZoneLimits() {}

    /**
     * Additional times that NSEC3 hashes a name: each question for what is not there costs some hashes. RFC 9276 §3.1 wants 0;
     * resolvers take more than 50 to 150 for insecure.
     */
    public static final int MAX_NSEC3_ITERATIONS = 50;
}
