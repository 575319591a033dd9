// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** The five brains. Each owns one inbox, one facts topic and one state topic. */
public enum Brain {
  /** Key: {@link EntityKey}. What exists, at the source and at the target. */
  INVENTORY("inventory", "ingest", true),
  /** Key: plan id. Waves, approvals, releases. */
  PLAN("plan", "planner", false),
  /** Key: vCenter instance UUID. Every slot and limit of that vCenter. */
  DISPATCH("dispatch", "executor", false),
  /** Key: {@link VmKey}. The journey of one source VM. */
  MIGRATION("migration", "executor", false),
  /** Key: {@link VmKey}. The disk copies of one source VM. */
  CONVERSION("conversion", "converter", false);

  private final String entity;
  private final String service;
  private final boolean compactedFacts;

  Brain(String entity, String service, boolean compactedFacts) {
    this.entity = entity;
    this.service = service;
    this.compactedFacts = compactedFacts;
  }

  /** The word used in topic names and event types, for example {@code migration}. */
  public String entity() {
    return entity;
  }

  /** The service (role) that runs this brain, for example {@code executor}. */
  public String service() {
    return service;
  }

  /** Whether only the latest fact of a key is kept. */
  public boolean compactedFacts() {
    return compactedFacts;
  }

  /** Everything that can move the brain. Private. */
  public String inbox() {
    return "drover." + entity + ".inbox";
  }

  /** What was decided and happened. Public. */
  public String facts() {
    return "drover." + entity + ".facts";
  }

  /** The folded state of each key. Private, compacted. */
  public String state() {
    return "drover." + entity + ".state";
  }
}
