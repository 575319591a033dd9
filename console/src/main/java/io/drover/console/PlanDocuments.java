// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Proposal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Works out what people want to see of a plan beside its facts. Whoever opens the console gives it
 * one: planning is not the console's. Nothing that it does is written anywhere.
 */
public interface PlanDocuments {
  /** Names of the tables, as {@link #csv} takes them. */
  List<String> TABLES = List.of("waves", "machines", "left-out", "concerns");

  /** A plan with what it was asked for. */
  record Asked(String id, int version, Proposal proposal, PlanRequest request) {}

  /** A page to read. */
  String html(Asked plan);

  /** A spreadsheet; its sheet Machines can be edited and given back. */
  byte[] xlsx(Asked plan);

  /**
   * One of {@link #TABLES}, RFC 4180.
   *
   * @throws IllegalArgumentException if there is no such table
   */
  String csv(Asked plan, String table);

  /**
   * Why a VM is where it is, a sentence each.
   *
   * @throws IllegalArgumentException if the plan has no VM of that name
   */
  List<String> why(Asked plan, String vm);

  /**
   * The plan that would be made now beside the one that would be made under other circumstances.
   *
   * @throws IllegalArgumentException if the question names something that is not there
   */
  Comparison whatIf(Asked plan, Circumstances other);

  /**
   * What would be otherwise; null and empty = nothing.
   *
   * @param addHosts clusters that get one more ESXi host each
   * @param windows one more window each, {@code calendar=from/to}
   * @param nfc connections of a vCenter
   * @param linkMiBs what the way to the target carries
   */
  record Circumstances(
      @Nullable List<String> addHosts,
      @Nullable List<String> windows,
      @Nullable Integer nfc,
      @Nullable Integer disksPerHost,
      @Nullable Integer cutovers,
      @Nullable Integer linkMiBs) {}

  /**
   * What differs.
   *
   * @param now figures of the plan as things are, by what they are of
   * @param then the same of the other one
   * @param moved VMs that would cut over at another time
   */
  record Comparison(Map<String, String> now, Map<String, String> then, List<String> moved) {}
}
