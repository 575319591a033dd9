// SPDX-License-Identifier: Apache-2.0
/**
 * The words of Drover: ids, facts, messages, status documents and topics. Plain records, no third
 * party.
 */
@NullMarked
package io.drover.schemas;

import org.jspecify.annotations.NullMarked;
