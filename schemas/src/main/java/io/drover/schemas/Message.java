// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** Something told to a brain: a command of a person, or a message of another brain. */
public sealed interface Message
    permits InventoryMessage, PlanMessage, DispatchMessage, MigrationMessage, ConversionMessage {}
